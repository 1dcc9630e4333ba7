// Runs among the processes of a launch group. Every process calls these functions, in the same order.
#pragma once

#include <vector>

#include "app/launch/launch_group.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"

namespace tandem {

/// Excludes runs of other worlds and runs with more ranks than the group has processes, and states the reason at their
/// points.
void skip_what_a_group_cannot_run(Prepared& prepared, const LaunchGroup& group);

/// For an attempt of which all processes of a launcher have read the same order, `told`: its times count on the clock
/// of the first from then on. False in all of them where that is not the clock of the one that plans, or another
/// process has read another order: the first has handed over why the run fails.
bool agree_on_attempt(const LaunchGroup& group, Run& run, const std::string& told);

/// One run, in a folder that has been cleared for it: a launcher's log may be in it. The first process hands its result
/// over, as execute() does.
void execute_in_group(const LaunchGroup& group, const Run& run);

/// Runs all, one after the other; the first process gets the results.
Ran run_in_group(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events);

}  // namespace tandem
