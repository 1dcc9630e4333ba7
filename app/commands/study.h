// A study: the runs of a plan, the folder that they are written to, and the progress that is shown.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/commands/command.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "app/store/study_folder.h"

namespace tandem {

struct Study {
  Plan plan;  ///< its points say which of them are skipped
  Prepared prepared;
  StudyFolder folder;
};

/// Checks the plan, so that points that cannot run are known before any runs. `restrict` may exclude more runs. Throws
/// UsageError if none is left.
Study prepare_study(Plan plan, const StudyOptions& options, const std::function<void(Prepared&)>& restrict = {});

/// Opens the study's folder, base/name unless the options name another, and gives every run its own. "-o runs/", "-o ."
/// and "-o name" are all folders. `identity`: see open_study_folder. Throws UsageError.
void open_folder(Study& study, const StudyOptions& options, const std::string& name, const std::string& identity = {});

/// "allreduce ring, sim, 4 workers, cluster.network.latency=50us".
std::string label_of(const Run& run);

using Runner = std::function<Ran(const RunEvents& events)>;

/// Calls `runner`, with progress on standard error. Prints `note` first, if there is one.
Ran run_with_progress(const std::string& note, std::size_t runs, const Runner& runner);
/// Simulations at a time, as the options or the machine's cores say.
int jobs_of(const StudyOptions& options);
/// Runs them all, each in a process of its own.
Ran run_all_with_progress(const std::vector<Run>& runs, const std::string& note, const StudyOptions& options);

}  // namespace tandem
