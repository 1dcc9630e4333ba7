// Shared by all commands: exit codes, errors, and the options that several of them have.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/launch/mpirun.h"
#include "app/report/table.h"
#include "app/scenario/scenario.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace tandem {

enum ExitCode { kSuccess = 0, kRunFailed = 1, kUsage = 2, kCheckFailed = 3 };

/// Returns what `command` returns. An exception becomes a message on standard error and an exit code.
int exit_code_of(const std::function<int()>& command);

/// For processes that run the same command together: only the first of them reports a usage error.
int report_once(bool is_first, const std::function<int()>& command);

/// A scenario and the changes that the command line makes to it.
struct ScenarioOptions {
  std::string file;
  std::vector<std::string> overrides = {};         ///< key=value
  std::optional<std::string> text = std::nullopt;  ///< the scenario itself, where the file is on another host
};
void add_scenario(CLI::App& command, ScenarioOptions& options);
/// Throws UsageError with all mistakes.
Plan load(const ScenarioOptions& options);

/// A check for numbers: refuses nan, which is neither below nor above a bound, so that CLI11's checks let it pass.
CLI::Validator not_nan();
/// `-s key=value`. Call it before add_key, because it replaces values set earlier.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const std::string& doc);
/// An option of its own for one key, such as --world.
void add_key(CLI::App& command, std::vector<std::string>& overrides, const std::string& option, const std::string& key,
             const std::string& doc);

/// Where a study is written, and how many of its runs run at a time.
struct StudyOptions {
  std::filesystem::path base = "results";
  std::optional<std::filesystem::path> directory;  ///< instead of base/NAME
  bool force = false;                              ///< replace a finished study
  bool json = false;                               ///< print JSON instead of tables
  int jobs = 0;                                    ///< simulations at a time; 0: as many as the machine has cores
  Mpirun mpirun;                                   ///< for a world whose processes a launcher starts
};
/// `folder`: where results go by default, such as "results/NAME"; `json`: what is printed as JSON.
void add_study(CLI::App& command, StudyOptions& options, const std::string& folder, const std::string& json);

/// As wide as the terminal, or 80 columns; bold headings on a terminal, unless NO_COLOR is set.
TableStyle style_of_output();

}  // namespace tandem
