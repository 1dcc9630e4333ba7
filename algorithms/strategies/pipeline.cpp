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
// With `replicas`, each of them is a pipeline of its own, and stages that hold the same layers sum their gradients (a
// ring) before they update.
//
// The gradients of a step are the sum over micro-batches: the same step as one worker's, to the same bits whether it
// recomputes or not.
#include "algorithms/model/optimizer.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/replicas.h"
#include "algorithms/strategies/stage.h"
#include "algorithms/strategies/strategy.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

OptionTable pipeline_options() {
  using P = PipelineOptions;
  return option_table<P>(
      Mapping<P>()
          .key("microbatches", &P::microbatches, whole<int>(between(1, 1e6)), "parts that a batch is cut into")
          .key("schedule", &P::schedule, choice_of(all_schedules().names()),
               "the order in which a stage goes through its micro-batches")
          .key("chunks", &P::chunks, unless<int>(0, whole<int>(between(1, 1000))),
               "parts of the model that a stage holds, each of layers that follow each other")
          .otherwise("as few as the schedule has: 2 with interleaved and zb-v, else 1")
          .key("recompute", &P::recompute,
               choice<Recompute>(
                   {{"none", Recompute::none}, {"all", Recompute::all}, {"except-last", Recompute::except_last}}),
               "micro-batches that keep no activations and go forward again before they go back (activation "
               "checkpointing)"),
      +[](const P& options) {
        std::string label = options.microbatches == 1 ? "" : fmt::format(" m={}", options.microbatches);
        if (options.schedule != P{}.schedule) label += " " + options.schedule;
        if (options.chunks > options.order().least_chunks) label += fmt::format(" v={}", options.chunks);
        if (options.recompute == Recompute::all) label += " recompute";
        if (options.recompute == Recompute::except_last) label += " recompute except-last";
        return label.empty() ? label : label.substr(1);
      });
}

void run(Comm& comm, const Job& job, Training& training) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  Replicas replicas(comm, job, collective_named("ring"));
  Comm& inside = replicas.inside();
  const std::vector<Slot> slots =
      options.order().slots(inside.rank(), inside.size(), options.chunks_of_stage(), options.microbatches);
  Stage stage(inside, job, replicas.place().samples);
  std::vector<Optimizer> optimizers;
  for (std::size_t c = 0; c < stage.chunks(); ++c) {
    const Slice parameters = stage.replica(c).parameters();
    const std::size_t offset = stage.replica(c).parameter_range().begin;
    optimizers.emplace_back(comm, job.workload.optimizer, parameters.count, job.steps);
    training.state().add_parameters(offset, parameters, replicas.copy());
    optimizers.back().describe(training.state(), offset, replicas.copy());
  }

  double loss = 0;
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const auto rows = replicas.rows(step);
        stage.begin_step(rows);
        for (const Slot& slot : slots) stage.play(slot);
        loss = stage.end_step();
        for (std::size_t c = 0; c < stage.chunks(); ++c) {
          replicas.sum(stage.replica(c).gradients());
          optimizers[c].update(comm, stage.replica(c).parameters(), stage.replica(c).gradients(), step);
        }
        return stage.has_last_layer() ? StepEnd{.loss = loss, .samples = rows.size()} : StepEnd{};
      },
      [&](std::size_t, const StepEnd&) { return is_low_enough(job, loss); });
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = refusal_of_replicas(job)) return reason;
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const int chunks = options.chunks_of_stage(), stages = place_of(job, 0).ranks;
  const auto layers = static_cast<std::int64_t>(job.model.layers.size());
  if (const auto reason = refusal_of(options.order(), stages, chunks, options.microbatches)) return reason;
  if (static_cast<std::int64_t>(stages) * chunks > layers) {
    const std::string parts = chunks == 1 ? "" : fmt::format(" with {} parts of the model each", chunks);
    return fmt::format("{} stages{} need {} layers, the model has {}", stages, parts,
                       chunks == 1 ? "as many" : fmt::format("{}", stages * chunks), layers);
  }
  if (options.recompute == Recompute::none ||
      !splits_backward(options.order().slots(0, stages, chunks, options.microbatches))) {
    return std::nullopt;
  }
  return fmt::format("{} keeps activations until the weights' gradient is computed, so it cannot recompute them",
                     options.schedule);
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto microbatches = static_cast<std::uint64_t>(job.strategy.get<PipelineOptions>().microbatches);
  const ReplicaPlace place = place_of(job, rank);
  // An activation out and a gradient in, or the other way round.
  const auto border = [&](int other, std::size_t width) {
    if (other < 0) return Traffic{};
    const std::uint64_t bytes = bytes_of(place.samples * width);
    return Traffic{microbatches, bytes, microbatches, bytes, other == place.rank ? bytes : 0};
  };
  Traffic step;
  for (const Chunk& chunk : chunks_of(job, place.ranks, place.rank)) {
    step += border(chunk.before, job.model.layers[chunk.layers.begin].inputs);
    step += border(chunk.after, job.model.layers[chunk.layers.end - 1].outputs);
    step += traffic_across(job, rank, job.model.parameter_range(chunk.layers).size(), collective_named("ring"));
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
              [](const Choice&) {
                return Facts{.every_gradient_every_step = false, .sends_activations = true, .can_be_kept = true};
              },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers, .worker_role = "stage"}; },
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .memory = [](const Job& job, int rank) { return std::optional(memory_of_stage(job, rank)); }};
}

}  // namespace tandem::strategies
