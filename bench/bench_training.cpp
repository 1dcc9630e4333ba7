// One training step of an MLP 784-1024-1024-10 on one rank, batch 64: forward, backward, SGD. Items are samples.
#include <benchmark/benchmark.h>

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "app/worlds/worlds.h"
#include "bench/measure.h"

namespace tandem::bench {
namespace {

Dataset made_up_images(std::size_t rows) {
  Dataset data{.width = 784, .classes = 10};
  data.train.count = rows;
  std::vector<float> pixels;
  for (std::size_t i = 0; i < rows * data.width; ++i) pixels.push_back(static_cast<float>(i % 255) / 255);
  data.train.features = RowFeatures(std::move(pixels));
  for (std::size_t row = 0; row < rows; ++row) data.train.targets.push_back(static_cast<float>(row % data.classes));
  return data;
}

void mlp_step(benchmark::State& state) {
  constexpr std::size_t kBatch = 64, kSteps = 100;
  const Dataset data = made_up_images(kBatch);
  WorkloadSpec workload;
  workload.model.hidden = {1024, 1024};
  workload.batch.global = kBatch;
  workload.stop.steps = kSteps;
  const Job job = make_job(workload, {.name = "single"}, 1, 42, &data);
  for (auto _ : state) {
    const double seconds = on_rank_0(*find_world("threads"), {.ranks = 1}, [&](Comm& comm) {
      Replica replica(comm, job, all_layers(job.model));
      Optimizer optimizer(comm, workload.optimizer, job.model.parameters, kSteps);
      Pass pass = replica.make_pass(kBatch);
      const auto rows = job.batches.global(0);
      const double start_s = comm.now();
      for (std::size_t step = 0; step < kSteps; ++step) {
        local_gradient(comm, replica, pass, rows);
        optimizer.update(comm, replica.parameters(), replica.gradients(), step);
      }
      return (comm.now() - start_s) / kSteps;
    });
    state.SetIterationTime(seconds);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(mlp_step)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem::bench
