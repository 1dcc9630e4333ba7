// Runs inside an MPI job that this process is part of: every process of it comes through here, in step.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "app/run/prepare.h"
#include "app/run/run_all.h"

namespace tandem {

struct StartedAs {
  int process = 0;
  int processes = 1;
};

/// If mpirun or srun has started this process: which of how many it is, by what they tell their processes. Does not
/// join the job.
std::optional<StartedAs> started_by_mpi();

/// All processes do `work`, and then know whether it went well everywhere: where it threw in one, all throw UsageError
/// with the text of the first.
void in_agreement(const std::function<void()>& work);

/// Takes out the runs of other worlds and those with more ranks than there are processes, and says so at their points.
void skip_what_a_job_cannot_run(Prepared& prepared, int processes);

/// One run. The first process writes what came of it, as execute() does.
void execute_in_job(const Run& run);

/// All of them, one after the other; the first process has the results.
Ran run_in_job(const std::vector<Run>& runs, const RunEvents& events);

}  // namespace tandem
