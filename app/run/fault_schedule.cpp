#include "app/run/fault_schedule.h"

#include <cmath>

#include "app/scenario/checkpoint_fields.h"
#include "core/rng.h"

namespace tandem {

std::vector<PlannedFailure> planned_failures(const Scenario& scenario) {
  std::vector<PlannedFailure> planned;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultSpec& fault = scenario.faults[i];
    if (fault.victim)
      planned.push_back({rank_of(*fault.victim, scenario), fault.at->step, fault.at->time_s, i, fault.detect_after_s});
  }
  return planned;
}

FaultSchedule::FaultSchedule(const Scenario& scenario, int ranks) : faults_(scenario.faults) {
  for (const PlannedFailure& planned : planned_failures(scenario)) {
    (planned.step ? at_steps_ : at_times_).push_back(planned);
  }
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const FaultSpec& fault = faults_[i];
    if (!fault.mtbf_s) continue;
    for (int rank = 0; rank < ranks; ++rank) {
      Renewal& renewal = renewals_.emplace_back();
      renewal.rank = rank;
      renewal.fault = i;
      renewal.stream = keyed_stream(fault.seed.value_or(scenario.seed), Purpose::failures,
                                    static_cast<std::uint64_t>(rank), static_cast<std::uint64_t>(i));
      renewal.next_s = draw_s(renewal);
    }
  }
}

double FaultSchedule::draw_s(Renewal& renewal) const {
  const FaultSpec& fault = faults_[renewal.fault];
  if (fault.distribution == FailureDistribution::exponential)
    return std::exponential_distribution<double>(1 / *fault.mtbf_s)(renewal.stream);
  const double scale_s = *fault.mtbf_s / std::tgamma(1 + 1 / fault.shape);
  return std::weibull_distribution<double>(fault.shape, scale_s)(renewal.stream);
}

std::optional<PlannedFailure> FaultSchedule::next_after(double time_s) {
  std::optional<PlannedFailure> first;
  const auto take = [&](const PlannedFailure& failure) {
    if (failure.time_s > time_s && (!first || failure.time_s < first->time_s)) first = failure;
  };
  for (const PlannedFailure& planned : at_times_) take(planned);
  for (Renewal& renewal : renewals_) {
    while (renewal.next_s <= time_s) renewal.next_s += draw_s(renewal);
    take({.rank = renewal.rank, .time_s = renewal.next_s, .fault = renewal.fault});
  }
  return first;
}

void FaultSchedule::happened(std::size_t fault) {
  std::erase_if(at_steps_, [&](const PlannedFailure& planned) { return planned.fault == fault; });
}

}  // namespace tandem
