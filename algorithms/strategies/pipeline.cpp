// Pipeline model parallelism (Huang et al., "GPipe: efficient training of giant neural networks using pipeline
// parallelism", NeurIPS 2019): the layers are cut into K stages by cost, the global batch into M micro-batches, which
// go through the stages in the order of a schedule (schedules/); then each stage updates its layers once.
//
//   cost of a step, balanced stages, free communication, GPipe and 1F1B: (M + K - 1) (t_f + t_b) for a micro-batch's
//   stage times t_f, t_b; the bubble is (K - 1) / (M + K - 1) of the step
//   messages: an activation and a gradient per border between parts of the model and micro-batch
//
// Some schedules cut each stage's layers into several parts that lie apart in the model (`chunks`), or a backward pass
// into the gradient of the input and that of the weights.
//
// With `recompute` (activation checkpointing; Chen et al., "Training deep nets with sublinear memory cost", 2016) a
// stage keeps only what passed its borders, and goes forward again before it goes back: `all`, or `except-last`, as the
// last micro-batch of GPipe goes back at once. As in torchgpipe (Kim et al., 2020), it does so while it waits for the
// gradient, not after:
//
//   cost of a step, as above, and R t_f: R = M (all), M - 1 (except-last); only the last stage's are not hidden in the
//   bubble
//
// With `tensor: t` each stage is t ranks, each with a share of every layer (Shoeybi et al. 2019); what passes a border
// travels in t parts and is gathered where it arrives (Narayanan et al. 2021). With `sequence` the ranks of a stage
// also share what lies between pairs of layers.
//
// With `replicas`, each of them is a pipeline of its own, and stages that hold the same layers sum their gradients (a
// ring) before they update.
//
// The gradients of a step are the sum over micro-batches: the same step as one worker's, to the same bits whether it
// recomputes or not.
#include <fmt/format.h>

#include "algorithms/model/optimizer.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/replicas.h"
#include "algorithms/strategies/stage.h"
#include "algorithms/strategies/stage_costs.h"
#include "algorithms/strategies/stage_grid.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/tensor_cut.h"

namespace tandem::strategies {
namespace {

void run(Comm& comm, const Job& job, Training& training) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  Replicas replicas(comm, job, collective_named("ring"));
  Grid grid(replicas.inside(), job);
  const StagePlace& place = grid.place();
  const std::vector<Slot> slots =
      options.order().slots(place.stage, place.stages, options.chunks_of_stage(), options.microbatches);
  Stage stage(grid.along(replicas.inside()), grid.shards(), job, replicas.place().samples);
  std::vector<Optimizer> optimizers;
  optimizers.reserve(stage.chunks());
  for (std::size_t c = 0; c < stage.chunks(); ++c) {
    optimizers.emplace_back(comm, job.workload.optimizer, stage.part(c).parameters().count, job.steps);
    stage.part(c).describe(training.state(), optimizers.back(), replicas.copy());
  }
  const bool tells_loss = stage.has_last_layer() && place.shard == 0;

  double loss = 0;
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const auto rows = replicas.rows(step);
        stage.begin_step(rows);
        for (const Slot& slot : slots) stage.play(slot);
        loss = stage.end_step();
        for (std::size_t c = 0; c < stage.chunks(); ++c) {
          replicas.sum(stage.part(c).gradients());
          optimizers[c].update(comm, stage.part(c).parameters(), stage.part(c).gradients(), step);
        }
        return tells_loss ? StepEnd{.loss = loss, .samples = rows.size()} : StepEnd{};
      },
      [&](std::size_t, const StepEnd&) { return is_low_enough(job, loss); });
}

/// Why stages cannot be shared among several ranks.
std::optional<std::string> refusal_of_tensor(const Job& job, bool splits, int stages) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const int ranks = place_of(job, 0).ranks, shards = options.tensor;
  if (ranks % shards != 0) return fmt::format("{} ranks cannot be shared out to stages of {}", ranks, shards);
  if (options.sequence && shards == 1)
    return "sequence: it shares what lies between pairs of layers among the ranks of `tensor`, and each stage has one";
  if (shards == 1) return std::nullopt;
  if (splits)
    return fmt::format("{} splits the backward pass, and layers that are cut by tensors go back at once",
                       options.schedule);
  if (options.recompute != Recompute::none)
    return "recompute: layers that are cut by tensors are recomputed by workload.model.recompute";
  for (int stage = 0; stage < stages; ++stage) {
    for (const Chunk& chunk : chunks_of(job, stages, stage)) {
      if (auto reason = refusal_of_cut(job, chunk.layers, shards)) return reason;
    }
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = refusal_of_replicas(job)) return reason;
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const int chunks = options.chunks_of_stage(), stages = stage_place(job, place_of(job, 0).ranks, 0).stages;
  const auto layers = static_cast<std::int64_t>(job.model.layers.size());
  if (const auto reason = refusal_of(options.order(), stages, chunks, options.microbatches)) return reason;
  if (static_cast<std::int64_t>(stages) * chunks > layers) {
    const std::string parts = chunks == 1 ? "" : fmt::format(" with {} parts of the model each", chunks);
    return fmt::format("{} stages{} need {} layers, the model has {}", stages, parts,
                       chunks == 1 ? "as many" : fmt::format("{}", stages * chunks), layers);
  }
  const bool splits = splits_backward(options.order().slots(0, stages, chunks, options.microbatches));
  if (auto reason = refusal_of_tensor(job, splits, stages)) return reason;
  if (options.recompute == Recompute::none || !splits) return std::nullopt;
  return fmt::format("{} keeps activations until the weights' gradient is computed, so it cannot recompute them",
                     options.schedule);
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const ReplicaPlace replica = place_of(job, rank);
  const StagePlace place = stage_place(job, replica.ranks, replica.rank);
  Traffic step = traffic_of_stage(job, rank);
  for (const Chunk& chunk : chunks_of(job, place.stages, place.stage)) {
    const std::size_t parameters = parameters_of_shard(job.model, chunk.layers, place.shards, place.shard);
    step += traffic_across(job, rank, parameters, collective_named("ring"));
  }
  return step * steps.size();
}

}  // namespace

Strategy pipeline() {
  return {.name = "pipeline",
          .doc = "model parallel: layers in stages, micro-batches through them (GPipe, 1F1B, interleaved, zero bubble)",
          .paper = "Huang et al. 2019",
          .options = {pipeline_options(), replicas_option()},
          .facts =
              [](const Choice& choice) {
                return Facts{.every_gradient_every_step = false,
                             .sends_activations = true,
                             .can_be_kept = choice.get<PipelineOptions>().tensor == 1};
              },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers, .worker_role = "stage"}; },
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .memory = [](const Job& job, int rank) { return std::optional(memory_of_stage(job, rank)); },
          .parts = parts_of_pipeline};
}

}  // namespace tandem::strategies
