// Who may include whom: core <- algorithms, sim, real <- app, and the same between app's own folders.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/tidy/findings.h"
#include "tests/tidy/sources.h"

namespace tandem::tidy {
namespace {

struct Include {
  const SourceFile* file;
  std::size_t line;
  std::string name;
  bool is_own;  ///< between quotes
};

std::vector<Include> includes_under(std::string_view folder) {
  std::vector<Include> includes;
  for (const SourceFile* file : sources_under(folder)) {
    for (std::size_t i = 0; i < file->code.size(); ++i) {
      const std::string& line = file->code[i];
      if (!line.starts_with("#include ")) continue;
      const bool is_own = line[9] == '"';
      includes.push_back({file, i + 1, line.substr(10, line.find_first_of("\">", 10) - 10), is_own});
    }
  }
  return includes;
}

/// The longest of these folders that a path is in; empty if none.
std::string folder_of(const std::string& path, const std::vector<std::string>& folders) {
  std::string found;
  for (const std::string& folder : folders) {
    if (path.starts_with(folder) && folder.size() > found.size()) found = folder;
  }
  return found;
}

void expect_layers(const std::string& habit, std::string_view root, const std::vector<std::string>& folders,
                   const std::map<std::string, std::set<std::string>>& below) {
  std::vector<Finding> findings;
  for (const Include& include : includes_under(root)) {
    if (!include.is_own) continue;
    const std::string from = folder_of(include.file->path, folders), to = folder_of(include.name, folders);
    if (from.empty() || to.empty() || from == to || below.at(from).contains(to)) continue;
    findings.push_back({include.file->path, include.line, fmt::format("{} may not include {}", from, include.name)});
  }
  expect_none(habit, findings);
}

TEST(Layers, PointDownwards) {
  const std::vector<std::string> folders = {"core/", "core/config/", "core/process/", "algorithms/", "sim/",
                                            "real/", "app/",         "bench/",        "tests/"};
  const std::map<std::string, std::set<std::string>> below = {
      {"core/", {}},
      {"core/config/", {"core/"}},
      {"core/process/", {"core/"}},
      {"algorithms/", {"core/", "core/config/"}},
      {"sim/", {"core/", "core/config/", "core/process/"}},
      {"real/", {"core/", "core/process/"}},
      {"app/", {"core/", "core/config/", "core/process/", "algorithms/", "sim/", "real/"}}};
  for (const char* root : {"core/", "algorithms/", "sim/", "real/", "app/"}) {
    SCOPED_TRACE(root);
    std::vector<Finding> findings;
    for (const Include& include : includes_under(root)) {
      if (!include.is_own) continue;
      const std::string from = folder_of(include.file->path, folders), to = folder_of(include.name, folders);
      if (from == to || below.at(from).contains(to)) continue;
      findings.push_back({include.file->path, include.line, fmt::format("{} may not include {}", from, include.name)});
    }
    expect_none(fmt::format("layers of the root, {}", root), findings);
  }
}

/// Lowest first: a folder may include itself and those before it. `apart` are two that do not include each other.
void expect_order(const std::string& habit, const std::string& root, const std::vector<std::string>& lowest_first,
                  const std::pair<std::string, std::string>& apart = {}) {
  std::vector<std::string> folders;
  std::map<std::string, std::set<std::string>> below;
  for (const std::string& name : lowest_first) {
    const std::string folder = root + name + "/";
    below[folder] = {folders.begin(), folders.end()};
    folders.push_back(folder);
  }
  if (!apart.first.empty()) below.at(root + apart.second + "/").erase(root + apart.first + "/");
  expect_layers(habit, root, folders, below);
}

TEST(Layers, OfAppPointDownwards) {
  expect_order("layers in app/", "app/",
               {"worlds", "store", "figures", "scenario", "import", "export", "launch", "run", "report", "lab", "serve",
                "commands"},
               {"run", "report"});
}

TEST(Layers, OfAlgorithmsPointDownwards) {
  expect_order("layers in algorithms/", "algorithms/",
               {"data", "model", "codecs", "collectives", "schedules", "strategies", "exchanges"});
}

TEST(Layers, AlgorithmsHaveNoThreadsClocksOrSockets) {
  const std::set<std::string> refused = {"thread",     "mutex",     "shared_mutex", "atomic",    "condition_variable",
                                         "future",     "semaphore", "barrier",      "latch",     "chrono",
                                         "stop_token", "ctime",     "time.h",       "pthread.h", "sched.h",
                                         "poll.h",     "unistd.h",  "netdb.h",      "mpi.h"};
  std::vector<Finding> findings;
  for (const Include& include : includes_under("algorithms/")) {
    const bool is_system = include.name.starts_with("sys/") || include.name.starts_with("netinet/") ||
                           include.name.starts_with("simgrid/");
    if (include.is_own || !(is_system || refused.contains(include.name))) continue;
    findings.push_back({include.file->path, include.line, fmt::format("<{}> in an algorithm", include.name)});
  }
  expect_none("no threads in algorithms", findings);
}

TEST(Layers, OnlySimIncludesSimGrid) {
  std::vector<Finding> findings;
  for (const Include& include : includes_under("")) {
    if (include.is_own || !include.name.starts_with("simgrid/")) continue;
    if (include.file->is_under("sim/") || include.file->is_under("tests/sim/")) continue;
    findings.push_back({include.file->path, include.line, fmt::format("<{}> outside sim/", include.name)});
  }
  expect_none("SimGrid in sim only", findings);
}

TEST(Layers, OnlyTheMpiWorldIncludesMpi) {
  std::vector<Finding> findings;
  for (const Include& include : includes_under("")) {
    if (include.is_own || include.name != "mpi.h") continue;
    const SourceFile& file = *include.file;
    if (file.is_under("real/mpi/") || file.is_under("bench/peers/") || file.is_under("tests/contract/")) continue;
    findings.push_back({file.path, include.line, "<mpi.h> outside real/mpi/"});
  }
  expect_none("MPI in real/mpi only", findings);
}

TEST(Layers, IncludesAreRelativeToTheRoot) {
  std::vector<Finding> findings;
  for (const Include& include : includes_under("")) {
    if (!include.is_own || include.name.find('/') != std::string::npos) continue;
    findings.push_back(
        {include.file->path, include.line, fmt::format("\"{}\" is not relative to the root", include.name)});
  }
  expect_none("includes from the root", findings);
}

}  // namespace
}  // namespace tandem::tidy
