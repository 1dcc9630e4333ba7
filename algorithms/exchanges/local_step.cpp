#include "algorithms/exchanges/local_step.h"

#include "core/config/options.h"

namespace tandem {

OptionTable period_option() {
  return option_table<PeriodOption>(
      Mapping<PeriodOption>().key("period", &PeriodOption::period, whole(between(1, 1e9)),
                                  "steps from one time that workers agree to the next"),
      +[](const PeriodOption& option) { return fmt::format("H={}", option.period); });
}

OptionTable consensus_option() {
  return option_table<ConsensusOption>(
      Mapping<ConsensusOption>().key("consensus_rate", &ConsensusOption::rate, number(above(0, 1)),
                                     "how far a worker moves to the mean of itself and those it hears from"),
      +[](const ConsensusOption& option) {
        return option.rate == 1 ? std::string() : fmt::format("rate {:g}", option.rate);
      });
}

std::size_t period_of(const Job& job) { return job.strategy.get<PeriodOption>().period; }

bool is_due(const Job& job, std::size_t step) { return (step + 1) % period_of(job) == 0 || step + 1 == job.steps; }

std::size_t count_due(const Job& job, Range steps) {
  const std::size_t period = period_of(job);
  const bool adds_last = steps.size() > 0 && steps.end == job.steps && job.steps % period != 0;
  return steps.end / period - steps.begin / period + (adds_last ? 1 : 0);
}

std::optional<std::string> refuse_stop_at_loss(const Job& job) {
  if (!job.workload.stop.loss) return std::nullopt;
  return fmt::format(
      "{} agrees after its last step, which stop.loss cannot tell in advance; give steps or epochs alone",
      job.strategy.name);
}

std::optional<Traffic> traffic_of_averages(const Job& job, int rank, Range steps) {
  return sum_traffic(job, {0, job.model.parameters}, rank, steps, [&](Range range) { return count_due(job, range); });
}

}  // namespace tandem
