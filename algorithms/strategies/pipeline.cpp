// Pipeline model parallelism, GPipe's schedule (Huang et al., "GPipe: efficient training of giant neural networks using
// pipeline parallelism", NeurIPS 2019): the layers are cut into K stages by cost, the global batch into M
// micro-batches; all micro-batches go forward through the stages, then all go back, last first, and each stage updates
// its layers once.
//
//   cost a step, balanced stages, free communication: (M + K - 1) (t_f + t_b) for a micro-batch's stage times t_f, t_b;
//   the bubble is (K - 1) / (M + K - 1) of the step
//   messages: an activation and a gradient a stage boundary and micro-batch
//
// Every stage keeps the activations of all M micro-batches until they come back: it trades memory for the bubble. With
// `recompute` (activation checkpointing; Chen et al., "Training deep nets with sublinear memory cost", 2016) it keeps
// only what passed its borders, and goes forward again before it goes back: `all`, or `except-last`, as the last
// micro-batch goes back at once. As in torchgpipe (Kim et al., 2020), it does so while it waits for the gradient, not
// after:
//
//   cost a step, as above, and R t_f: R = M (all), M - 1 (except-last); only the last stage's are not hidden in the
//   bubble
//
// The gradients of a step are the sum over micro-batches: the same step as one worker's, to the same bits whether it
// recomputes or not. It is no interleaved (1F1B) schedule.
#include "algorithms/strategies/pipeline.h"

#include <fmt/core.h>

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/stage.h"

namespace tandem {
namespace {

void run(Comm& comm, const Job& job, Recorder& recorder) {
  Stage stage(comm, job);
  const Slice parameters = stage.replica().parameters();
  const std::size_t offset = stage.replica().parameter_range().begin;
  const bool is_last = stage.replica().has_last_layer();
  Optimizer optimizer(comm, job.workload.optimizer, parameters.count, job.steps);

  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.global(step);
    comm.begin_step();
    stage.begin_step(rows);
    for (std::size_t m = 0; m < stage.microbatches(); ++m) stage.forward(m);
    for (std::size_t m = stage.microbatches(); m-- > 0;) stage.backward(m);
    const double loss = stage.end_step();
    optimizer.update(comm, parameters, stage.replica().gradients(), step);

    recorder.step(comm, step, is_last ? loss : 0, is_last ? rows.size() : 0);
    recorder.snapshot_if_due(comm, step + 1, offset, parameters);
    if (is_low_enough(job, loss)) break;
  }
  recorder.finish(offset, parameters, /*owns=*/true);
}

int ranks(const Job& job) { return job.workers; }

std::optional<std::string> refusal(const StrategySpec&, int workers, const Model& model) {
  const int layers = static_cast<int>(model.layers.size());
  if (workers <= layers) return std::nullopt;
  return fmt::format("{} stages need as many layers, the model has {}", workers, layers);
}

Traffic traffic(const Job& job, int rank, std::size_t steps) {
  const Range layers = stage_layers(job, rank);
  const auto microbatches = static_cast<std::uint64_t>(job.strategy.microbatches);
  const auto boundary = [&](std::size_t width) {
    const std::uint64_t bytes = bytes_of(job.batches.global_batch() * width);
    return Traffic{microbatches, bytes, microbatches, bytes};
  };
  Traffic step;
  if (rank > 0) step += boundary(job.model.layers[layers.begin].inputs);
  if (rank + 1 < job.workers) step += boundary(job.model.layers[layers.end - 1].outputs);
  return step * steps;
}

}  // namespace

Strategy pipeline_strategy() {
  return {.name = "pipeline",
          .doc = "model parallel: layers in stages, micro-batches through them (GPipe)",
          .options = {"microbatches", "recompute"},
          .synchronous = true,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .worker_role = "stage"};
}

}  // namespace tandem
