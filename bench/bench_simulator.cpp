// Simulated messages a second of wall time: a phantom ring all-reduce, by rank count.
#include <benchmark/benchmark.h>

#include "algorithms/collectives/ring.h"
#include "app/worlds.h"
#include "bench/measure.h"
#include "core/rng.h"

namespace tandem::bench {
namespace {

void time_ring(benchmark::State& state, Fidelity fidelity) {
  const auto ranks = static_cast<int>(state.range(0));
  const WorldOptions options{
      .ranks = ranks, .payload = Payload::phantom, .cluster = {.workers = ranks}, .fidelity = fidelity};
  for (auto _ : state) {
    state.SetIterationTime(whole_run_s(*find_world("sim"), options,
                                       [](Comm& comm) { ring_all_reduce(comm, comm.make_buffer(25'000'000)); }));
  }
  state.SetItemsProcessed(state.iterations() * 2 * ranks * (ranks - 1));
}

void simulated_ring(benchmark::State& state) { time_ring(state, Fidelity::full); }
BENCHMARK(simulated_ring)
    ->RangeMultiplier(4)
    ->Range(4, 1024)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// The same in blocks of rounds. Items are messages of the full play.
void simulated_coarse_ring(benchmark::State& state) { time_ring(state, Fidelity::coarse); }
BENCHMARK(simulated_coarse_ring)
    ->RangeMultiplier(4)
    ->Range(1024, 16384)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// Every rank begins at a time of its own, within 5 ms, so that few messages share a date.
void simulated_ring_with_jitter(benchmark::State& state) {
  const auto ranks = static_cast<int>(state.range(0));
  const WorldOptions options{.ranks = ranks, .payload = Payload::phantom, .cluster = {.workers = ranks}};
  const double most_flops = 5e-3 * options.cluster.speed_flops_per_s;
  for (auto _ : state) {
    state.SetIterationTime(whole_run_s(*find_world("sim"), options, [&](Comm& comm) {
      auto random = keyed_stream(1, Purpose::compute_noise, static_cast<std::uint64_t>(comm.rank()));
      comm.compute({.flops = std::uniform_real_distribution<double>(0, most_flops)(random)}, [] {});
      ring_all_reduce(comm, comm.make_buffer(25'000'000));
    }));
  }
  state.SetItemsProcessed(state.iterations() * 2 * ranks * (ranks - 1));
}
BENCHMARK(simulated_ring_with_jitter)
    ->RangeMultiplier(4)
    ->Range(4, 1024)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem::bench
