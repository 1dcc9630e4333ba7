// peer_tandem WORLD RANKS BYTES COLLECTIVE [OPERATION]: the all-reduce that strategies call, or another operation
// (`tandem list collectives`), in any world. BYTES are those of the whole vector, as for nccl-tests.
#include <bit>
#include <cstdlib>
#include <functional>

#include "algorithms/collectives/kinds.h"
#include "app/worlds/worlds.h"
#include "bench/peers/samples.h"

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc < 5) return std::fprintf(stderr, "usage: peer_tandem WORLD RANKS BYTES COLLECTIVE [OPERATION]\n"), 2;
  const World* world = find_world(argv[1]);
  const Collective* collective = all_collectives().find(argv[4]);
  const OperationKind& kind = operation_kind(argc > 5 ? argv[5] : "all-reduce");
  if (world == nullptr || collective == nullptr || !kind.is_of(*collective))
    return std::fprintf(stderr, "no such world or collective\n"), 2;
  const std::size_t count = std::strtoull(argv[3], nullptr, 10) / sizeof(float);
  const int who = world->name == "threads" ? RUSAGE_THREAD : RUSAGE_SELF;

  world->run({.ranks = std::atoi(argv[2])}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    const Buffer data = comm.make_buffer(count), result = comm.make_buffer(kind.is_in_place ? 0 : count);
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
        who, [&] { kind.run(*collective, comm, data, result, /*root=*/0); }, largest);
    const double cpu_s = over_all(measured.cpu_s, std::plus());
    if (comm.rank() == 0) peers::print(measured, cpu_s);
  });
}
