// What a message costs beyond its bytes: half a round trip between two ranks, through Comm.
#include <benchmark/benchmark.h>

#include "app/worlds/worlds.h"
#include "bench/measure.h"

namespace tandem::bench {
namespace {

void ping_pong(benchmark::State& state, const char* world) {
  const auto values = static_cast<std::size_t>(state.range(0));
  constexpr int kRounds = 2000;
  for (auto _ : state) {
    const double seconds = on_rank_0(*find_world(world), {.ranks = 2}, [&](Comm& comm) {
      const Buffer buffer = comm.make_buffer(values);
      const int peer = 1 - comm.rank();
      const double start_s = comm.now();
      for (int round = 0; round < kRounds; ++round) {
        if (comm.rank() == 0) comm.send(peer, 1, buffer);
        comm.recv(peer, 1, buffer);
        if (comm.rank() == 1) comm.send(peer, 1, buffer);
      }
      return (comm.now() - start_s) / (2 * kRounds);
    });
    state.SetIterationTime(seconds);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(values * sizeof(float)));
}
BENCHMARK_CAPTURE(ping_pong, threads, "threads")->Arg(1)->Arg(1024)->Arg(262144)->UseManualTime()->Iterations(5);
BENCHMARK_CAPTURE(ping_pong, tcp, "tcp")->Arg(1)->Arg(1024)->Arg(262144)->UseManualTime()->Iterations(5);

}  // namespace
}  // namespace tandem::bench
