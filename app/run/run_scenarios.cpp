#include "app/run/run_scenarios.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "app/store/scratch_folder.h"
#include "core/errors.h"

namespace tandem {

std::vector<RunResult> run_scenarios(const std::vector<Scenario>& scenarios, const RunScenariosOptions& options) {
  std::vector<RunResult> results;
  if (scenarios.empty()) return results;
  std::optional<ScratchFolder> scratch;
  if (options.folder.empty()) scratch.emplace();
  const std::filesystem::path& folder = scratch ? scratch->path() : options.folder;
  // One by one, because preparing a plan puts simulations first.
  std::vector<Prepared> prepared;
  std::vector<Run> runs;
  for (const Scenario& scenario : scenarios) {
    if (scenario.traits().started_by == StartedBy::launcher)
      throw UsageError(
          fmt::format("{}: the {} world is started by a launcher; use the program", scenario.name, scenario.world));
    prepared.push_back(prepare({.name = scenario.name, .points = {{.scenario = scenario}}}));
    if (prepared.back().runs.empty())
      throw UsageError(fmt::format("{}: {}", scenario.name, prepared.back().points.front().skipped.value_or("no run")));
    runs.push_back(prepared.back().runs.front());
    runs.back().directory = folder / fmt::format("{:04}", runs.size());
  }
  Ran ran = run_all(runs, options.jobs, {});
  if (ran.interrupted_by != 0) throw RunFailed("interrupted");
  return std::move(ran.results);
}

}  // namespace tandem
