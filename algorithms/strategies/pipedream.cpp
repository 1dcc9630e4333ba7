// PipeDream (Narayanan et al., "PipeDream: generalized pipeline parallelism for DNN training", SOSP 2019) and its
// memory-efficient variant 2BW (Narayanan et al., "Memory-efficient pipeline-parallel DNN training", ICML 2021): 1F1B
// over all batches of a run, without a flush. A stage updates its weights while later batches are already on their way;
// so each batch goes back with the weights that it went forward with, which the stage has kept.
//
//   cost: N batches of M micro-batches take (N M + p - 1) (t_f + t_b) on p balanced stages with free communication: no
//   bubble once it is full. `stashed`: stage s keeps p - s versions of its weights, gradients are p - 1 - s updates
//   old. `double-buffered` (2BW; M at least p): two versions, and every gradient after the first is one update old
//   messages: as `pipeline`
//
// The order on each stage is fixed, so runs end with the same bits in every world.
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/streaming_stage.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

OptionTable pipedream_options() {
  using P = PipeDreamOptions;
  return option_table<P>(
      Mapping<P>()
          .key("microbatches", &P::microbatches, whole<int>(between(1, 1e6)), "parts that a batch is cut into")
          .key("weights", &P::weights,
               choice<Weights>({{"stashed", Weights::stashed}, {"double-buffered", Weights::double_buffered}}),
               "versions of the weights that a stage keeps: one for each batch in flight, or two"),
      +[](const P& options) {
        if (options.weights == Weights::stashed) return std::string();
        return fmt::format("2bw m={}", options.microbatches);
      });
}

void run(Comm& comm, const Job& job, Training& training) {
  StreamingStage stage(comm, job, training);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const double loss = stage.step(step, training);
        return stage.has_last_layer() ? StepEnd{.loss = loss, .samples = job.batches.global_batch()} : StepEnd{};
      },
      [](std::size_t, const StepEnd&) { return false; });
  stage.end();
}

std::optional<std::string> refusal(const Job& job) {
  const PipeDreamOptions& options = job.strategy.get<PipeDreamOptions>();
  const auto layers = static_cast<int>(job.model.layers.size());
  if (job.workers > layers) {
    return fmt::format("{} stages need as many layers, the model has {}", job.workers, layers);
  }
  if (job.workload.stop.loss)
    return "pipedream has the next batches on their way when it learns a loss: give steps alone";
  if (options.weights == Weights::stashed && options.microbatches > 1) {
    return "pipedream with stashed weights updates after every micro-batch: give microbatches with double-buffered "
           "ones";
  }
  if (options.weights == Weights::double_buffered && options.microbatches < job.workers) {
    return fmt::format(
        "two versions of the weights need at least as many micro-batches as stages, and {} are fewer than {}",
        options.microbatches, job.workers);
  }
  return std::nullopt;
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const Range layers = streaming_layers(job, rank);
  const auto microbatches = static_cast<std::uint64_t>(job.strategy.get<PipeDreamOptions>().microbatches);
  const auto border = [&](std::size_t width) {
    const std::uint64_t bytes = bytes_of(job.batches.global_batch() * width);
    return Traffic{microbatches, bytes, microbatches, bytes};
  };
  Traffic step;
  if (rank > 0) step += border(job.model.layers[layers.begin].inputs);
  if (rank + 1 < job.workers) step += border(job.model.layers[layers.end - 1].outputs);
  return step * steps.size();
}

}  // namespace

Strategy pipedream() {
  return {.name = "pipedream",
          .doc = "pipeline without a flush: stages update at once, and keep old weights for what is in flight",
          .paper = "Narayanan et al. 2019; 2BW: 2021",
          .options = {pipedream_options()},
          .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .sends_activations = true}; },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers, .worker_role = "stage"}; },
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .parts = [](const Job& job) { return job.workers; }};
}

}  // namespace tandem::strategies
