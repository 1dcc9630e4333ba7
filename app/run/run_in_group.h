// Runs among the processes of a launch group: every one of them comes through here, in step.
#pragma once

#include <vector>

#include "app/launch/launch_group.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"

namespace tandem {

/// Takes out the runs of other worlds and those with more ranks than the group has processes, and says so at their
/// points.
void skip_what_a_group_cannot_run(Prepared& prepared, const World& world, int processes);

/// One run. The first process hands its result over, as execute() does.
void execute_in_group(const LaunchGroup& group, const Run& run);

/// All of them, one after the other; the first process has the results.
Ran run_in_group(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events);

}  // namespace tandem
