// Ring all-reduce by world, ranks and size; items are all-reduces, bytes are those of the vector (algbw).
#include <benchmark/benchmark.h>

#include <algorithm>

#include "algorithms/collectives/collective.h"
#include "app/worlds/worlds.h"
#include "bench/measure.h"

namespace tandem::bench {
namespace {

void ring(benchmark::State& state, const char* world) {
  const auto ranks = static_cast<int>(state.range(0));
  const auto values = static_cast<std::size_t>(state.range(1)) / sizeof(float);
  const int rounds = static_cast<int>(std::clamp<std::size_t>(2'000'000 / std::max<std::size_t>(values, 1), 5, 500));
  for (auto _ : state) {
    const double seconds = on_rank_0(*find_world(world), {.ranks = ranks}, [&](Comm& comm) {
      const Buffer buffer = comm.make_buffer(values);
      collective_named("ring").all_reduce.run(comm, buffer);
      barrier(comm);
      const double start_s = comm.now();
      for (int round = 0; round < rounds; ++round) collective_named("ring").all_reduce.run(comm, buffer);
      return (comm.now() - start_s) / rounds;
    });
    state.SetIterationTime(seconds);
  }
  state.SetBytesProcessed(state.iterations() * state.range(1));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int ranks : {2, 4}) {
    for (const int bytes : {4, 4096, 262144, 4 << 20, 64 << 20}) benchmark->Args({ranks, bytes});
  }
  benchmark->ArgNames({"ranks", "bytes"})->UseManualTime()->Iterations(3);
}
BENCHMARK_CAPTURE(ring, threads, "threads")->Apply(sizes);
BENCHMARK_CAPTURE(ring, tcp, "tcp")->Apply(sizes);

}  // namespace
}  // namespace tandem::bench
