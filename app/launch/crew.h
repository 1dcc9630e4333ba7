// Runs among processes that a launcher has started together: every one of them comes through here, in step.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/launch/started.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "real/tcp/company.h"

namespace tandem {

struct Crew {
  std::string world;  ///< the only one whose runs it can do
  int process = 0;
  int processes = 1;
  /// All processes call it, each with what troubles it or an empty text, and get the text of the first in trouble.
  std::function<std::string(const std::string& mine)> first_trouble;
  /// tcp: where this process stands in a run of so many ranks.
  std::function<void(Run& run, int ranks)> place;
};

/// Joins the MPI job that this process is part of.
Crew mpi_crew();
/// Joins the others at the meeting point; blocks until all have come. `listen`: where process 0 listens; empty:
/// everywhere, or on loopback where the meeting point is there. `watch`: what process 0 looks at while it waits.
Crew tcp_crew(const StartedAs& started, const ProcessPlacement& meeting, const std::string& listen, double timeout_s,
              const tcp::Watch& watch = {});

/// All processes do `work`, and then know whether it went well everywhere: where it threw in one, all throw UsageError
/// with the text of the first.
void in_agreement(const Crew& crew, const std::function<void()>& work);

/// Takes out the runs of other worlds and those with more ranks than there are processes, and says so at their points.
void skip_what_a_crew_cannot_run(Prepared& prepared, const std::string& world, int processes);

/// One run. The first process writes what came of it, as execute() does.
void execute_in_crew(const Crew& crew, const Run& run);

/// All of them, one after the other; the first process has the results.
Ran run_in_crew(const Crew& crew, const std::vector<Run>& runs, const RunEvents& events);

}  // namespace tandem
