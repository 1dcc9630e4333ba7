// Hosts that hang for a while, as a scenario says: they stand still and go on, and nobody starts again.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/journal.h"
#include "core/comm.h"

namespace tandem {

/// A rank's host hangs at a time of training, or as the rank begins a step.
struct PlannedHang {
  int rank = 0;
  std::optional<std::size_t> step;
  double time_s = 0;
  double lasts_s = 0;
  std::size_t fault = 0;  ///< its place in Scenario::faults
};

/// All of a scenario's.
std::vector<PlannedHang> hangs_of(const Scenario& scenario);

/// Notes the hang in the journal and stands still.
void hang(Comm& comm, const PlannedHang& planned, const Journal& journal, double time_s, std::size_t step);

/// The hangs of one rank that come at a time. Destroy it before what the rank's stacks refer to.
class HangsAtTimes {
 public:
  /// Those after `begins_at_s`, on the clock of training; that clock began at `start_s` on the world's.
  HangsAtTimes(Comm& comm, const std::vector<PlannedHang>& planned, const Journal& journal, double start_s,
               double begins_at_s);

 private:
  std::vector<CommTask> tasks_;
};

}  // namespace tandem
