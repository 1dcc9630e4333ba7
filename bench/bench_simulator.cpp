// Simulated messages per second of wall time: a phantom ring all-reduce, by rank count, and asynchronous servers.
#include <benchmark/benchmark.h>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/strategy.h"
#include "app/worlds/worlds.h"
#include "bench/measure.h"
#include "core/rng.h"

namespace tandem::bench {
namespace {

void time_ring(benchmark::State& state, Fidelity fidelity) {
  const auto ranks = static_cast<int>(state.range(0));
  const WorldOptions options{
      .ranks = ranks, .payload = Payload::phantom, .cluster = {.workers = ranks}, .fidelity = fidelity};
  for (auto _ : state) {
    state.SetIterationTime(whole_run_s(*find_world("sim"), options, [](Comm& comm) {
      collective_named("ring").all_reduce.run(comm, comm.make_buffer(25'000'000));
    }));
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
      collective_named("ring").all_reduce.run(comm, comm.make_buffer(25'000'000));
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

// 1,024 workers and 16 servers: four steps of 100 MB, pushed and pulled.
void time_asynchronous_servers(benchmark::State& state, Cluster cluster) {
  constexpr int kServers = 16;
  WorkloadSpec workload{.model = {.kind = ModelKind::profile}, .data = {.source = DataSource::none}};
  workload.model.profile = {
      {.name = "layer", .parameters = 25'000'000, .forward_flops_per_sample = 1e9, .backward_flops_per_sample = 2e9}};
  workload.batch.per_worker = 1;
  workload.stop.steps = 4;
  cluster.workers = 1024;
  const Choice choice = parse_strategy("{name: ps-async, servers: 16}");
  const Strategy& strategy = strategy_of(choice);
  const Job job = make_job(workload, choice, cluster.workers, 42, nullptr);
  const WorldOptions options{
      .ranks = strategy.layout(choice, job.workers).ranks, .payload = Payload::phantom, .cluster = cluster};
  for (auto _ : state) {
    state.SetIterationTime(whole_run_s(*find_world("sim"), options, [&](Comm& comm) {
      Training training(0);
      strategy.run(comm, job, training);
    }));
  }
  state.SetItemsProcessed(state.iterations() * 2 * cluster.workers * kServers * 4);
}

void simulated_servers_in_step(benchmark::State& state) { time_asynchronous_servers(state, {}); }
BENCHMARK(simulated_servers_in_step)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

void simulated_servers_with_noise(benchmark::State& state) {
  time_asynchronous_servers(state, {.noise = Noise{.kind = NoiseKind::exponential, .mean_s = 20e-3}});
}
BENCHMARK(simulated_servers_with_noise)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

// Every worker has a speed of its own.
void simulated_servers_uneven(benchmark::State& state) {
  Cluster cluster;
  for (int worker = 0; worker < 1024; ++worker) {
    cluster.hosts.push_back({.workers = worker, .speed_flops_per_s = 5e9 + 5e9 * (worker * 7919 % 1024) / 1024});
  }
  time_asynchronous_servers(state, cluster);
}
BENCHMARK(simulated_servers_uneven)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem::bench
