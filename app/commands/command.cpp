#include "app/commands/command.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "app/scenario/loader.h"
#include "core/errors.h"

namespace tandem {

CLI::Validator not_nan() {
  const auto check = [](const std::string& text) {
    double value = 0;
    const bool is_nan = CLI::detail::lexical_cast(text, value) && std::isnan(value);
    return is_nan ? fmt::format("{} is no number", text) : std::string();
  };
  return CLI::Validator(check, "");
}

int exit_code_of(const std::function<int()>& command) {
  try {
    return command();
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kUsage;
  } catch (const std::filesystem::filesystem_error& error) {
    // Thrown for a path that the system rejects, such as one that is too long.
    fmt::print(stderr, "{}: {}\n", error.path1().string(), error.code().message());
    return kUsage;
  } catch (const CheckFailed& error) {
    fmt::print(stderr, "tandem: a check did not hold: {}\n", error.what());
    return kCheckFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem: {}\n", error.what());
    return kRunFailed;
  }
}

int report_once(bool is_first, const std::function<int()>& command) {
  try {
    return command();
  } catch (const UsageError&) {
    if (is_first) throw;
    return kUsage;
  }
}

void add_scenario(CLI::App& command, ScenarioOptions& options) {
  command.add_option("file", options.file, "The scenario (YAML)")->required();
  add_overrides(command, options.overrides, "Change a key: -s cluster.workers=4 (repeatable)");
}

Plan load(const ScenarioOptions& options) {
  return options.text ? parse_plan(*options.text, options.file, options.overrides)
                      : load_plan(options.file, options.overrides);
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const std::string& doc) {
  command.add_option("-s,--set", overrides, doc)->allow_extra_args(false);
}

void add_key(CLI::App& command, std::vector<std::string>& overrides, const std::string& option, const std::string& key,
             const std::string& doc) {
  const auto set = [&overrides, key](const std::string& value) { overrides.push_back(key + "=" + value); };
  command.add_option_function<std::string>(option, set, doc);
}

void add_study(CLI::App& command, StudyOptions& options, const std::string& folder, const std::string& json) {
  command.add_option("-o,--output", options.directory, fmt::format("The folder to write to, instead of {}", folder));
  command.add_option("-j,--jobs", options.jobs, "Simulations at a time (default: all cores)")
      ->check(CLI::Range(1, 4096));
  command.add_flag("--force", options.force, "Replace the finished study in that folder");
  command.add_flag("--json", options.json, fmt::format("Print the {} as JSON", json));
}

TableStyle style_of_output() {
  constexpr std::size_t kUsualColumns = 80;
  winsize size{};
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  const bool knows_its_width = is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {.colour = is_terminal && std::getenv("NO_COLOR") == nullptr,
          .columns = knows_its_width ? size.ws_col : kUsualColumns};
}

}  // namespace tandem
