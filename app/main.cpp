// The command line: what is asked for, in CLI11's words; app/commands does it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/commands/doctor.h"
#include "app/commands/list.h"
#include "app/commands/run.h"
#include "app/commands/validate.h"
#include "core/errors.h"

namespace {

constexpr int kRunFailed = 1;
constexpr int kUsage = 2;
constexpr int kCheckFailed = 3;

void add_run(CLI::App& app, tandem::RunOptions& options, std::string& world, int& workers, std::string& directory) {
  CLI::App* run = app.add_subcommand("run", "Run a scenario: its whole grid, if it has one");
  run->add_option("file", options.file, "The scenario (YAML)")->required();
  run->add_option("-s,--set", options.overrides, "Change a key: -s cluster.workers=4 (repeatable)")
      ->allow_extra_args(false);
  run->add_option("-w,--world", world, "The world to run in, instead of the scenario's");
  run->add_option("-n,--workers", workers, "The number of workers, instead of the scenario's");
  run->add_option("-o,--output", directory, "The folder to write to, instead of results/NAME");
  run->add_option("-j,--jobs", options.jobs, "Simulations at a time (default: all cores)")->check(CLI::Range(1, 4096));
  run->add_flag("--force", options.force, "Replace the finished study in that folder");
  run->add_flag("--json", options.json, "Print the results as JSON");
}

int dispatch(CLI::App& app, tandem::RunOptions& run, const std::string& world, int workers,
             const std::string& directory, const tandem::ValidateOptions& validate, const tandem::ListOptions& list) {
  if (app.got_subcommand("run")) {
    if (!world.empty()) run.overrides.push_back("world=" + world);
    if (workers != 0) run.overrides.push_back(fmt::format("cluster.workers={}", workers));
    if (!directory.empty()) run.directory = directory;
    return tandem::run_command(run);
  }
  if (app.got_subcommand("validate")) return tandem::validate_command(validate);
  if (app.got_subcommand("list")) return tandem::list_command(list);
  return tandem::doctor_command();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Tandem: distributed-training strategies, run for real and simulated.", "tandem");
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);

  tandem::RunOptions run{.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))};
  std::string world, directory;
  int workers = 0;
  add_run(app, run, world, workers, directory);
  tandem::ValidateOptions validate;
  tandem::add_validate(app, validate);
  tandem::ListOptions list;
  tandem::add_list(app, list);
  app.add_subcommand("doctor", "Say what this machine can run, and what is missing");

  try {
    app.parse(argc, argv);
    return dispatch(app, run, world, workers, directory, validate, list);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  } catch (const tandem::UsageError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kUsage;
  } catch (const tandem::CheckFailed& error) {
    fmt::print(stderr, "tandem: a check did not hold: {}\n", error.what());
    return kCheckFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem: {}\n", error.what());
    return kRunFailed;
  }
}
