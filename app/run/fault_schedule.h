// Which rank fails when: what a scenario plans, and what it leaves to chance, drawn from keyed streams.
#pragma once

#include <cstddef>
#include <optional>
#include <random>
#include <vector>

#include "app/scenario/scenario.h"

namespace tandem {

/// A failure to come, of a rank, at a time of training or as it begins a step.
struct PlannedFailure {
  int rank = 0;
  std::optional<std::size_t> step;
  double time_s = 0;
  std::size_t fault = 0;  ///< its place in Scenario::faults
  double detect_after_s = 0;
};

/// All that a scenario plans, in its order.
std::vector<PlannedFailure> planned_failures(const Scenario& scenario);

class FaultSchedule {
 public:
  FaultSchedule(const Scenario& scenario, int ranks);

  /// The first after this time of training among those with a time; nothing where none is to come. Times passed do not
  /// come again: call it with ascending times.
  std::optional<PlannedFailure> next_after(double time_s);
  /// Those at steps that have not happened yet.
  const std::vector<PlannedFailure>& at_steps() const { return at_steps_; }
  /// One of those at steps has happened.
  void happened(std::size_t fault);

 private:
  /// Failures of one rank, one after the other: a rank that starts again is as good as new.
  struct Renewal {
    int rank = 0;
    std::size_t fault = 0;
    std::mt19937_64 stream;
    double next_s = 0;
  };
  double draw_s(Renewal& renewal) const;

  std::vector<FaultSpec> faults_;
  std::vector<PlannedFailure> at_times_, at_steps_;
  std::vector<Renewal> renewals_;
};

}  // namespace tandem
