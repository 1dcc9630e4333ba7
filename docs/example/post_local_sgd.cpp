// Post-local SGD (Lin et al., "Don't use large mini-batches, use local SGD", ICLR 2020): workers agree after every step
// at first, and from the step `switch_at` on as in local SGD, once a period.
//
//   cost of a step: that of synchronous SGD before the switch, that of local SGD after it
#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coded_sum.h"
#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"

namespace tandem {
namespace {

struct SwitchOption {
  std::size_t switch_at = 100;
};

OptionTable switch_option() {
  return option_table<SwitchOption>(
      Mapping<SwitchOption>().key("switch_at", &SwitchOption::switch_at, whole(between(0, 1e9)),
                                  "the first step that is taken as in local SGD"),
      +[](const SwitchOption& option) { return fmt::format("t={}", option.switch_at); });
}

class PostLocalSgd : public LocalStep {
 public:
  explicit PostLocalSgd(const Worker& worker)
      : LocalStep(worker), average_(worker.comm, job_, {0, job_.model.parameters}) {}

  void describe(State& state) override {
    LocalStep::describe(state);
    average_.describe(state);
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    const bool is_early = step < job_.strategy.get<SwitchOption>().switch_at;
    if (is_early || is_due(job_, step)) average_.run(comm, step, replica_.parameters());
  }

  CodedAverage average_;
};

/// How often workers agree in these steps: a closed form, which every run is checked against.
std::size_t times_agreed(const Job& job, Range steps) {
  const std::size_t at = job.strategy.get<SwitchOption>().switch_at;
  const std::size_t early_end = std::clamp(at, steps.begin, steps.end);
  return early_end - steps.begin + count_due(job, {early_end, steps.end});
}

std::optional<Traffic> traffic(const Job& job, int rank, Range steps) {
  return sum_traffic(job, {0, job.model.parameters}, rank, steps,
                     [&](Range range) { return times_agreed(job, range); });
}

// Before main() begins: no scenario has been read yet.
const bool kIsAdded = [] {
  all_strategies().add(data_parallel(
      {.name = "post-local-sgd",
       .doc = "agrees after every step at first, then once a period",
       .paper = "Lin et al. 2020",
       .options = {collective_option(), codec_option(), period_option(), switch_option()},
       .scale = GradientScale::own,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .can_be_kept = true}; },
       .make = [](const Worker& worker) { return std::make_unique<PostLocalSgd>(worker); },
       .refusal = refuse_stop_at_loss,
       .traffic = traffic}));
  return true;
}();

}  // namespace
}  // namespace tandem
