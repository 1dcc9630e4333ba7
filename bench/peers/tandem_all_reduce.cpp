// peer_tandem WORLD RANKS BYTES COLLECTIVE
#include <cstdio>
#include <cstdlib>

#include "algorithms/collectives/collective.h"
#include "app/worlds.h"
#include "bench/peers/samples.h"

int main(int argc, char** argv) {
  using namespace tandem;
  if (argc != 5) return std::fprintf(stderr, "usage: peer_tandem WORLD RANKS BYTES COLLECTIVE\n"), 2;
  const World* world = find_world(argv[1]);
  const Collective* collective = find_collective(argv[4]);
  if (world == nullptr || collective == nullptr) return std::fprintf(stderr, "no such world or collective\n"), 2;
  const std::size_t count = std::strtoull(argv[3], nullptr, 10) / sizeof(float);

  world->run({.ranks = std::atoi(argv[2])}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {});
    const Buffer data = comm.make_buffer(count);
    const auto operation = [&] { collective->all_reduce(comm, data); };
    const auto largest = [&](double own) {
      float seconds = static_cast<float>(own);
      if (comm.rank() != 0) return comm.send(0, 1, {&seconds, 1}), comm.recv(0, 2, {&seconds, 1}), double{seconds};
      float most = seconds;
      for (int rank = 1; rank < comm.size(); ++rank) {
        comm.recv(rank, 1, {&seconds, 1});
        most = std::max(most, seconds);
      }
      for (int rank = 1; rank < comm.size(); ++rank) comm.send(rank, 2, {&most, 1});
      return double{most};
    };
    const std::vector<double> samples = peers::sample(operation, largest);
    if (comm.rank() == 0) peers::print(samples);
  });
}
