// peer_tandem WORLD RANKS BYTES COLLECTIVE: the all-reduce that strategies call, in any world.
#include <bit>
#include <cstdlib>
#include <functional>

#include "algorithms/collectives/collective.h"
#include "app/worlds/worlds.h"
#include "bench/peers/samples.h"

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc != 5) return std::fprintf(stderr, "usage: peer_tandem WORLD RANKS BYTES COLLECTIVE\n"), 2;
  const World* world = find_world(argv[1]);
  const Collective* collective = all_collectives().find(argv[4]);
  if (world == nullptr || collective == nullptr) return std::fprintf(stderr, "no such world or collective\n"), 2;
  const std::size_t count = std::strtoull(argv[3], nullptr, 10) / sizeof(float);
  const int who = world->name == "threads" ? RUSAGE_THREAD : RUSAGE_SELF;

  world->run({.ranks = std::atoi(argv[2])}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    const Buffer data = comm.make_buffer(count);
    // On rank 0, which tells the others.
    const auto over_all = [&](double own, const auto& combine) {
      Meta word{{std::bit_cast<std::int64_t>(own)}};
      if (comm.rank() != 0) {
        comm.send(0, 1, {}, word);
        return std::bit_cast<double>(comm.recv(0, 2, {}).words[0]);
      }
      for (int rank = 1; rank < comm.size(); ++rank) {
        own = combine(own, std::bit_cast<double>(comm.recv(rank, 1, {}).words[0]));
      }
      word = {{std::bit_cast<std::int64_t>(own)}};
      for (int rank = 1; rank < comm.size(); ++rank) comm.send(rank, 2, {}, word);
      return own;
    };
    const auto largest = [&](double own) { return over_all(own, [](double a, double b) { return std::max(a, b); }); };
    const peers::Measured measured = peers::measure(
        who, [&] { collective->all_reduce.run(comm, data); }, largest);
    const double cpu_s = over_all(measured.cpu_s, std::plus());
    if (comm.rank() == 0) peers::print(measured, cpu_s);
  });
}
