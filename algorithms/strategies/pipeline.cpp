// Pipeline model parallelism, GPipe's schedule (Huang et al., "GPipe: efficient training of giant neural networks using
// pipeline parallelism", NeurIPS 2019): the layers are cut into K stages by cost, the global batch into M
// micro-batches; all micro-batches go forward through the stages, then all go back, last first, and each stage updates
// its layers once.
//
//   cost a step, balanced stages, free communication: (M + K - 1) (t_f + t_b) for a micro-batch's stage times t_f, t_b;
//   the bubble is (K - 1) / (M + K - 1) of the step
//   messages: an activation and a gradient a stage boundary and micro-batch
//
// Every stage keeps the activations of all M micro-batches until they come back: it trades memory for the bubble, and
// does not recompute. The gradients of a step are the sum over micro-batches: the same step as one worker's.
#include "algorithms/strategies/pipeline.h"

#include <fmt/core.h>

#include <bit>

#include "algorithms/strategies/local_gradient.h"
#include "algorithms/training/optimizer.h"

namespace tandem {
namespace {

constexpr int kActivation = 1;
constexpr int kGradient = 2;

struct Stage {
  const Job& job;
  int previous, next;  // ranks
  Replica replica;
  std::vector<Pass> passes;  // one a micro-batch
};

Stage make_stage(Comm& comm, const Job& job) {
  const int rank = comm.rank();
  Stage stage{job,
              rank - 1,
              rank + 1,
              Replica(comm, job, stages_by_cost(job.model, job.workers)[static_cast<std::size_t>(rank)]),
              {}};
  const auto microbatches = static_cast<std::size_t>(job.strategy.microbatches);
  for (std::size_t m = 0; m < microbatches; ++m) {
    stage.passes.push_back(stage.replica.make_pass(even_part(job.batches.global_batch(), microbatches, m).size()));
  }
  return stage;
}

void forward_all(Comm& comm, Stage& stage, const std::vector<std::uint32_t>& rows, std::vector<Op>& sends) {
  const std::size_t microbatches = stage.passes.size();
  std::vector<Op> arriving(microbatches);
  for (std::size_t m = 0; m < microbatches; ++m) {
    const Range part = even_part(rows.size(), microbatches, m);
    stage.replica.load(stage.passes[m], std::span(rows).subspan(part.begin, part.size()));
    if (!stage.replica.has_first_layer())
      arriving[m] = comm.irecv(stage.previous, kActivation, stage.passes[m].input());
  }
  for (std::size_t m = 0; m < microbatches; ++m) {
    Pass& pass = stage.passes[m];
    if (arriving[m]) comm.wait(arriving[m]);
    stage.replica.forward(comm, pass);
    if (!stage.replica.has_last_layer()) sends.push_back(comm.isend(stage.next, kActivation, pass.output()));
  }
}

// The loss so far rides on the gradients, so that every stage knows the step's loss when the last one has passed.
double backward_all(Comm& comm, Stage& stage, std::vector<Op>& sends) {
  const std::size_t microbatches = stage.passes.size();
  std::vector<Op> arriving(microbatches);
  std::vector<Meta> losses(microbatches);
  if (!stage.replica.has_last_layer()) {
    for (std::size_t m = microbatches; m-- > 0;) {
      arriving[m] = comm.irecv(stage.next, kGradient, stage.passes[m].output_gradient(), &losses[m]);
    }
  }
  double loss = 0;
  for (std::size_t m = microbatches; m-- > 0;) {
    Pass& pass = stage.passes[m];
    if (arriving[m]) {
      comm.wait(arriving[m]);
      loss = std::bit_cast<double>(losses[m].words[0]);
    } else {
      loss += stage.replica.loss(comm, pass);
    }
    stage.replica.backward(comm, pass);
    const Meta loss_so_far{{std::bit_cast<std::int64_t>(loss)}};
    if (!stage.replica.has_first_layer()) {
      sends.push_back(comm.isend(stage.previous, kGradient, pass.input_gradient(), loss_so_far));
    }
  }
  return loss;
}

void run(Comm& comm, const Job& job, Recorder& recorder) {
  Stage stage = make_stage(comm, job);
  Replica& replica = stage.replica;
  const Range owned = replica.parameter_range();
  const bool is_last = replica.has_last_layer();
  Optimizer optimizer(comm, job.workload.optimizer, owned.size(), job.steps);

  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.global(step);
    std::vector<Op> sends;
    replica.begin_step();
    forward_all(comm, stage, rows, sends);
    const double loss = backward_all(comm, stage, sends);
    comm.wait_all(sends);
    optimizer.update(comm, replica.parameters(), replica.gradients(), step);

    recorder.step(comm, step, is_last ? loss : 0, is_last ? rows.size() : 0);
    recorder.snapshot_if_due(comm, step + 1, owned.begin, replica.parameters());
    if (is_low_enough(job, loss)) break;
  }
  recorder.finish(owned.begin, replica.parameters(), /*owns=*/true);
}

int ranks(const Job& job) { return job.workers; }

std::optional<std::string> refusal(const StrategySpec&, int workers, const Model& model) {
  const int layers = static_cast<int>(model.layers.size());
  if (workers <= layers) return std::nullopt;
  return fmt::format("{} stages need as many layers, the model has {}", workers, layers);
}

Traffic traffic(const Job& job, int rank, std::size_t steps) {
  const Range layers = stages_by_cost(job.model, job.workers)[static_cast<std::size_t>(rank)];
  const auto microbatches = static_cast<std::uint64_t>(job.strategy.microbatches);
  const auto boundary = [&](std::size_t width) {
    const std::uint64_t bytes = job.batches.global_batch() * width * sizeof(float);
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
          .options = {"microbatches"},
          .synchronous = true,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .worker_role = "stage"};
}

}  // namespace tandem
