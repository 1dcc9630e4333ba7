// How ranks end that are to end: what they note in the run's journal, and how they go.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "app/run/asked_change.h"
#include "app/run/fault_schedule.h"
#include "app/store/journal.h"

namespace tandem {

/// When an end comes.
struct EndsAt {
  double time_s = 0;
  std::size_t step = 0;  ///< so many are done
};

/// That this rank ends alone. `cause`: where no fault of this run has planned it.
void note_death(const Journal& journal, const PlannedFailure& death, EndsAt at, const std::string& cause = {});
/// The same, and the world ends it.
[[noreturn]] void die_alone(const Journal& journal, const PlannedFailure& death, EndsAt at,
                            const std::string& cause = {});

/// The process ends as one does that is killed: without a word to anyone but the journal.
[[noreturn]] void fail_as_planned(const Journal& journal, const PlannedFailure& failure, EndsAt at);

/// As elastic launchers do, who stop all workers and start the new number of them.
/// Where somebody has asked for the change, the request is answered then.
[[noreturn]] void end_for_change(const std::filesystem::path& folder, const AskedChange& change, EndsAt at);

}  // namespace tandem
