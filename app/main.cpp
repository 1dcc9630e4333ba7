// The command line: what is asked for, in CLI11's words; app/commands does it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "app/commands/bench_collectives.h"
#include "app/commands/calibrate.h"
#include "app/commands/compare.h"
#include "app/commands/doctor.h"
#include "app/commands/explain.h"
#include "app/commands/list.h"
#include "app/commands/rank.h"
#include "app/commands/run.h"
#include "app/commands/validate.h"
#include "app/launch/hosts.h"
#include "app/launch/mpi_launch.h"
#include "core/errors.h"

namespace {

constexpr int kRunFailed = 1;
constexpr int kUsage = 2;
constexpr int kCheckFailed = 3;

void add_run(CLI::App& app, tandem::RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Run a scenario: its whole grid, if it has one");
  run->add_option("file", options.file, "The scenario (YAML)")->required();
  run->add_option("-s,--set", options.overrides, "Change a key: -s cluster.workers=4 (repeatable)")
      ->allow_extra_args(false);
  const auto set = [&options](const std::string& key) {
    return [&options, key](const std::string& value) { options.overrides.push_back(key + "=" + value); };
  };
  run->add_option_function<std::string>("-w,--world", set("world"), "The world to run in, instead of the scenario's");
  run->add_option_function<std::string>("-n,--workers", set("cluster.workers"),
                                        "The number of workers, instead of the scenario's");
  run->add_option("-o,--output", options.directory, "The folder to write to, instead of results/NAME");
  run->add_option("-j,--jobs", options.jobs, "Simulations at a time (default: all cores)")->check(CLI::Range(1, 4096));
  run->add_option("--hostfile", options.hostfile, "World mpi: the hosts, as mpirun reads them")
      ->check(CLI::ExistingFile);
  run->add_option("--listen", options.listen,
                  "World tcp, several hosts: the address that process 0 listens on (default: all)");
  run->add_option("--hosts", options.hosts, "World tcp: NAME:RANKS,NAME:RANKS,...; the first is this host");
  run->add_option("--launcher", options.launcher, "What starts a rank on another host")
      ->default_val(tandem::kDefaultLauncher);
  run->add_option("--advertise", options.advertise,
                  "World tcp with --hosts: the address by which hosts reach this one (default: its name there)");
  run->add_flag("--force", options.force, "Replace the finished study in that folder");
  run->add_flag("--json", options.json, "Print the results as JSON");
}

/// What each command was asked to do.
struct Asked {
  tandem::RunOptions run;
  tandem::ValidateOptions validate;
  tandem::ExplainOptions explain;
  tandem::CompareOptions compare;
  tandem::CalibrateOptions calibrate;
  tandem::ListOptions list;
  tandem::BenchCollectivesOptions bench;
  tandem::RankOptions rank;
};

int dispatch(const CLI::App& app, const Asked& asked) {
  if (app.got_subcommand("run")) return tandem::run_command(asked.run);
  if (app.got_subcommand("validate")) return tandem::validate_command(asked.validate);
  if (app.got_subcommand("explain")) return tandem::explain_command(asked.explain);
  if (app.got_subcommand("compare")) return tandem::compare_command(asked.compare);
  if (app.got_subcommand("calibrate")) return tandem::calibrate_command(asked.calibrate);
  if (app.got_subcommand("list")) return tandem::list_command(asked.list);
  if (app.got_subcommand("bench-collectives")) return tandem::bench_collectives_command(asked.bench);
  if (app.got_subcommand("rank")) return tandem::rank_command(asked.rank);
  return tandem::doctor_command();
}

// What was wrong and where to read more; the whole help would scroll it away.
std::string mistake_text(const CLI::App* app, const CLI::Error& error) {
  const std::vector<std::string> unknown = app->remaining();
  const bool no_such_command = app->get_subcommands().empty() && !unknown.empty() && app->get_parent() == nullptr;
  const std::string what =
      no_such_command ? fmt::format("there is no command \"{}\"", unknown.front()) : std::string(error.what());
  return fmt::format("tandem: {}\nRun with --help for what there is.\n", what);
}

// A file opened in the place of a closed standard stream would receive what is printed to that stream.
void reserve_standard_streams() {
  for (;;) {
    const int file = open("/dev/null", O_RDWR);
    if (file <= STDERR_FILENO && file >= 0) continue;
    if (file >= 0) close(file);
    return;
  }
}

int run_program(int argc, char** argv) {
  CLI::App app("Tandem: distributed-training strategies, run for real and simulated.", "tandem");
  app.require_subcommand(1);
  app.failure_message(mistake_text);

  Asked asked;
  asked.run.jobs = asked.compare.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  asked.bench.arguments = asked.calibrate.arguments = {argv + 1, argv + argc};
  add_run(app, asked.run);
  tandem::add_validate(app, asked.validate);
  tandem::add_explain(app, asked.explain);
  tandem::add_compare(app, asked.compare);
  tandem::add_calibrate(app, asked.calibrate);
  tandem::add_list(app, asked.list);
  tandem::add_bench_collectives(app, asked.bench);
  tandem::add_rank(app, asked.rank);
  app.add_subcommand("doctor", "Say what this machine can run, and what is missing");

  try {
    app.parse(argc, argv);
    return dispatch(app, asked);
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

}  // namespace

const bool tandem::kKnowsTheRankCommand = true;

int main(int argc, char** argv) {
  reserve_standard_streams();
  const int code = run_program(argc, argv);
  if (std::fflush(stdout) == 0) return code;
  fmt::print(stderr, "tandem: the answer could not be written: {}\n", std::strerror(errno));
  return code != 0 ? code : kRunFailed;
}
