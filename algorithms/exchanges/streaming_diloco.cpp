// Streaming DiLoCo (Douillard et al., "Streaming DiLoCo with overlapping communication", 2025): DiLoCo whose parameters
// agree in fragments, one after the other through the period; whose workers go on for `delay` steps while a fragment is
// summed; and who then keep `mixing` of their own. A codec quantises. The run's model is what the workers agreed on.
//
//   cost of a step: compute/n beside the collective's cost for the model's bytes, divided by the period
//   room: three copies of the parameters: agreed on, outer velocity, being summed (one fragment at once: DiLoCo, to the
//   bit)
#include <deque>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/outer_step.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

struct StreamingOptions {
  std::size_t fragments = 4, delay = 1;
  double mixing = 0.5;
};

const StreamingOptions& options_of(const Job& job) { return job.strategy.get<StreamingOptions>(); }
Range range_of(const Job& job, std::size_t i) { return even_part(job.model.parameters, options_of(job).fragments, i); }

/// Whether the fragment's sum begins at the end of the step: fragments take turns through the period.
bool begins(const Job& job, std::size_t fragment, std::size_t step) {
  const std::size_t period = period_of(job), turn = fragment * period / options_of(job).fragments;
  return (step + 1 > turn && (step + 1 - turn) % period == 0) || step + 1 == job.steps;
}

struct Fragment {
  Range range;
  CodedAverage average;
  Buffer velocity, moving;  // moving: what is being summed, then what the workers agreed on
  std::optional<CommTask> task;
  std::size_t ends_at = 0;  // the step at whose end the sum is taken in
};

class StreamingDiLoCo : public LocalStep {
 public:
  explicit StreamingDiLoCo(const Worker& worker) : LocalStep(worker), is_first_(worker.comm.rank() == 0) {
    for (std::size_t i = 0; i < options_of(job_).fragments; ++i) {
      const Range range = range_of(job_, i);
      const auto buffer = [&] { return worker.comm.make_buffer(range.size()); };
      fragments_.push_back({range, CodedAverage(worker.comm, job_, range, Common::kept), buffer(), buffer(), {}});
    }
    for (int rank = 0; rank < worker.comm.size(); ++rank) everyone_.push_back(rank);
  }

  void describe(State& state) override {
    LocalStep::describe(state);
    for (Fragment& fragment : fragments_) {
      const std::size_t offset = fragment.range.begin;
      state.add_parameters(offset, fragment.average.common(), is_first_ ? Copy::owned : Copy::version);
      state.add({"outer velocities", offset, fragment.velocity, Copy::replica});
      fragment.average.describe(state);
    }
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    for (std::size_t i = 0; i < fragments_.size(); ++i) {
      const bool begins_now = begins(job_, i, step), is_last = step + 1 == job_.steps;
      if (begins_now || fragments_[i].ends_at == step) take_in(comm, fragments_[i]);
      if (begins_now) begin(comm, i, step);
      if (is_last || fragments_[i].ends_at == step) take_in(comm, fragments_[i]);
    }
  }

  // A group of its own keeps the messages of fragments that are summed at the same time apart.
  void begin(Comm& comm, std::size_t index, std::size_t step) {
    Fragment& fragment = fragments_[index];
    const Slice local = part_of(replica_.parameters(), fragment.range), moving = fragment.moving;
    const Work copying{.memory_bytes = 2.0 * static_cast<double>(local.bytes())};
    comm.compute(copying, [&] { std::copy_n(local.f32(), local.count, moving.f32()); });
    fragment.ends_at = step + options_of(job_).delay;
    fragment.task.emplace(comm.spawn(fmt::format("fragment {}", index), [this, &fragment, index, step](Comm& second) {
      Comm group = second.group(everyone_, static_cast<int>(index) + 1);
      fragment.average.run(group, step, fragment.moving, [&](Slice common) {
        outer_step(group, job_.strategy.get<OuterOptions>(), fragment.moving, common, fragment.velocity);
      });
    }));
  }

  void take_in(Comm& comm, Fragment& fragment) {
    if (!fragment.task) return;
    fragment.task->join();
    fragment.task.reset();
    const auto kept = static_cast<float>(options_of(job_).mixing);
    const Slice local = part_of(replica_.parameters(), fragment.range), agreed = fragment.moving;
    comm.compute(work_of_sum(local.bytes()), [&] {
      float* mixed = local.f32();
      for (std::size_t i = 0; i < local.count; ++i) mixed[i] = kept * mixed[i] + (1 - kept) * agreed.f32()[i];
    });
  }

  bool is_first_;
  std::deque<Fragment> fragments_;
  std::vector<int> everyone_;
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  Traffic traffic;
  for (std::size_t i = 0; i < options_of(job).fragments; ++i) {
    traffic += sum_traffic(job, range_of(job, i), rank, steps, [&](Range range) {
      std::size_t sums = 0;
      for (std::size_t step = range.begin; step < range.end; ++step) sums += begins(job, i, step) ? 1 : 0;
      return sums;
    });
  }
  return traffic;
}

OptionTable streaming_options() {
  using S = StreamingOptions;
  return option_table<S>(
      Mapping<S>()
          .key("fragments", &S::fragments, whole(between(1, 255)), "parts of the parameters that agree one by one")
          .key("delay", &S::delay, whole(between(0, 1e6)), "steps that workers go on while a fragment is summed")
          .key("mixing", &S::mixing, number(from_to_below(0, 1)), "what a worker keeps of its own as it takes one in"),
      +[](const S& options) { return fmt::format("{} fragments delay {}", options.fragments, options.delay); });
}

std::optional<std::string> refusal(const Job& job) {
  if (options_of(job).delay < period_of(job)) return refuse_stop_at_loss(job);
  return "streaming-diloco: with a delay as long as the period a fragment would be summed twice at once";
}

}  // namespace

Strategy streaming_diloco() {
  return data_parallel(
      {.name = "streaming-diloco",
       .doc = "DiLoCo in fragments, summed while the workers go on",
       .paper = "Douillard et al. 2025",
       .options = {collective_option(), codec_option(), period_option(), outer_options(), streaming_options()},
       .scale = GradientScale::own,
       .worker_copies = Copy::version,
       .describes_model = true,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .replicas_agree = false}; },
       .make = [](const Worker& worker) { return std::make_unique<StreamingDiLoCo>(worker); },
       .refusal = refusal,
       .traffic = traffic,
       .memory = [](const Job& job, int rank) { return worker_memory(job, rank, 3); },
       .coding_memory = memory_of_coded_moves});
}

}  // namespace tandem::strategies
