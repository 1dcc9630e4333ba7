#include "app/run/run_scenarios.h"

#include <fmt/format.h>
#include <stdlib.h>

#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The folder that was asked for, or one that goes with this object.
class Folder {
 public:
  explicit Folder(const fs::path& wanted) : path_(wanted), is_temporary_(wanted.empty()) {
    if (!is_temporary_) return;
    std::string name = (fs::temp_directory_path() / "tandem-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw RunFailed(fmt::format("cannot make a folder like {}", name));
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (is_temporary_) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_temporary_;
};

}  // namespace

std::vector<RunResult> run_scenarios(const std::vector<Scenario>& scenarios, const RunScenariosOptions& options) {
  std::vector<RunResult> results;
  if (scenarios.empty()) return results;
  const Folder folder(options.folder);
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
    runs.back().directory = folder.path() / fmt::format("{:04}", runs.size());
  }
  Ran ran = run_all(runs, options.jobs, {});
  if (ran.interrupted_by != 0) throw RunFailed("interrupted");
  return std::move(ran.results);
}

}  // namespace tandem
