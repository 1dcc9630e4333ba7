#include "app/commands/run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "algorithms/strategies/strategy.h"
#include "app/commands/report.h"
#include "app/commands/shard.h"
#include "app/commands/study.h"
#include "app/launch/hostfile.h"
#include "app/launch/hosts.h"
#include "app/launch/launch_group.h"
#include "app/launch/mpirun.h"
#include "app/report/table.h"
#include "app/run/recovery.h"
#include "app/run/run_in_group.h"
#include "app/scenario/cautions.h"
#include "app/scenario/elastic_fields.h"
#include "app/store/columns.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"
#include "core/process/signal_watch.h"

namespace tandem {
namespace {

void print_json(const Plan& plan, const std::vector<RunResult>& results, const std::filesystem::path& directory) {
  nlohmann::ordered_json json = {{"name", plan.name},
                                 {"question", plan.question},
                                 {"directory", directory.string()},
                                 {"runs", nlohmann::json::array()},
                                 {"skipped", nlohmann::json::array()}};
  for (const RunResult& result : results) json["runs"].push_back(to_json(result));
  for (const Point& point : plan.points) {
    if (!point.skipped) continue;
    json["skipped"].push_back({{"strategy", strategy_label(point.scenario.strategy)},
                               {"workers", point.scenario.cluster.workers},
                               {"world", point.scenario.world},
                               {"reason", *point.skipped}});
  }
  fmt::print("{}\n", text_of(json));
}

void report(const Study& study, const Ran& ran, const RunOptions& options) {
  const std::filesystem::path& directory = study.folder.path();
  std::vector<std::filesystem::path> files = {directory / "runs.csv"};
  write_runs_csv(files[0], ran.results);
  const StudyRecord record = record_of(options.scenario);
  write_study_record(directory, record, study.plan);
  const StudyReport written =
      write_study_report(study.plan, ran.results, directory, reproduction_of(record), record.overrides);
  files.insert(files.end(), written.files.begin(), written.files.end());
  if (options.study.json) {
    print_json(study.plan, ran.results, directory);
  } else {
    const TableStyle style = style_of_output();
    fmt::print("{}", answer_text(study.plan, written.facts, ran.results, files, written.notes, style));
    if (options.plot) print_plots(written.charts, style);
  }
}

void print_interruption(const Study& study, const Ran& ran) {
  fmt::print(stderr,
             "tandem: interrupted; {} of {} runs were finished and are in {}; the same command goes on with the rest\n",
             ran.results.size(), study.prepared.runs.size(), study.folder.path().string());
}

// An option that would have no effect is a mistake.
void refuse_without_hosts(const RunOptions& options, bool is_one_of_many) {
  if (options.hosts) return;
  if (options.launcher) throw UsageError("--launcher starts ranks on other hosts: it needs --hosts");
  if (options.advertise) throw UsageError("--advertise is for ranks on other hosts: it needs --hosts");
  if (options.listen && !is_one_of_many)
    throw UsageError("--listen is for ranks on other hosts: it needs --hosts, or a launcher such as torchrun");
}

void check_hostfile_of(const Study& study) {
  const auto uses_it = [](const Run& run) {
    return !run.mpirun.hostfile.empty() && run.scenario.traits().started_by == StartedBy::launcher;
  };
  const auto& runs = study.prepared.runs;
  if (runs.front().mpirun.hostfile.empty()) return;
  if (std::none_of(runs.begin(), runs.end(), uses_it))
    throw UsageError(fmt::format("--hostfile is for the {} world, and no run is in it", world_of_a_launcher().name));
  check_hostfile(runs.front().mpirun.hostfile);
}

// Everything that could be wrong with the checkpoint is found before anything is written.
void go_on_from(const std::string& folder, Study& study) {
  std::vector<Run>& runs = study.prepared.runs;
  if (runs.size() != 1) {
    throw UsageError(
        fmt::format("--resume goes on with one run, and this scenario has {}: name its values by -s", runs.size()));
  }
  runs.front().resume = std::filesystem::absolute(folder);
  first_attempt(runs.front());
}

int run_here(const RunOptions& options) {
  Study study = prepare_study(load(options.scenario), options.study);
  if (options.resume) go_on_from(*options.resume, study);
  check_hostfile_of(study);
  for (const std::string& caution : cautions(study.plan)) fmt::print(stderr, "caution: {}\n", caution);
  open_folder(study, options.study, study.plan.name, study_identity(study.prepared.runs));
  const Ran ran = run_all_with_progress(study.prepared.runs, study.folder.note(), options.study);
  report(study, ran, options);
  if (ran.interrupted_by != 0) {
    print_interruption(study, ran);
  } else {
    study.folder.finish();
  }
  return exit_code_of(ran);
}

/// The keys of the scenario that processes need to form a group, before the scenario can be checked.
struct RendezvousNeeds {
  bool can_meet = false;  ///< every run is in a world whose processes join at an address
  double timeout_s = 60;
  int restarts = 0;  ///< the most that a run takes
};

// An error in the scenario is reported later, by one process for all.
RendezvousNeeds rendezvous_needs(const ScenarioOptions& options) {
  try {
    const Plan plan = load(options);
    const auto can_meet = [](const Point& point) {
      return point.scenario.traits().started_by == StartedBy::several_hosts;
    };
    RendezvousNeeds needs{std::all_of(plan.points.begin(), plan.points.end(), can_meet),
                          plan.points.at(0).scenario.timeout_s};
    for (const Point& point : plan.points) {
      if (point.scenario.recovery) needs.restarts = std::max(needs.restarts, point.scenario.recovery->restarts);
    }
    return needs;
  } catch (const UsageError&) {
    return {};
  }
}

// Environment variables that MPI does not set mean the tcp world; those that it sets may mean either.
LaunchGroup group_of(const RunOptions& options, const StartedAs& started) {
  const RendezvousNeeds needs = rendezvous_needs(options.scenario);
  return needs.can_meet || !started.by_mpi
             ? join_tcp_group(started, rendezvous_from_environment(), options.listen.value_or(""), needs.timeout_s)
             : join_mpi_job(needs.timeout_s);
}

void require_whole_group(const LaunchGroup& group, const StartedAs& started) {
  if (group.processes == started.processes) return;
  throw UsageError(fmt::format(
      "started as one of {} processes, but MPI joins {}: start them by mpirun, or by srun with the PMI that "
      "MPI was built for (srun --mpi=list)",
      started.processes, group.processes));
}

// For one of several processes that a launcher has started.
int run_together(const RunOptions& options, const StartedAs& started, const LaunchGroup& group) {
  return report_once(group.is_first(), [&] {
    Study study;
    in_agreement(group, [&] {
      require_whole_group(group, started);
      study = prepare_study(load(options.scenario), options.study,
                            [&](Prepared& prepared) { skip_what_a_group_cannot_run(prepared, group); });
      if (options.resume) go_on_from(*options.resume, study);
      if (group.is_first()) open_folder(study, options.study, study.plan.name, study_identity(study.prepared.runs));
    });
    if (!group.is_first()) {
      run_in_group(group, study.prepared.runs, {});
      return int{kSuccess};
    }
    const Ran ran = run_with_progress(study.folder.note(), study.prepared.runs.size(), [&](const RunEvents& events) {
      return run_in_group(group, study.prepared.runs, events);
    });
    report(study, ran, options);
    if (ran.interrupted_by != 0) {
      print_interruption(study, ran);
    } else {
      study.folder.finish();
    }
    return exit_code_of(ran);
  });
}

// Checked here, before anything is started anywhere.
void require_ranks_for(int processes, const RunOptions& options) {
  const Study study = prepare_study(load(options.scenario), options.study);
  int most = 0;
  for (Run run : study.prepared.runs) {
    run.scenario.cluster.workers = most_workers(run.scenario);
    most = std::max(most, ranks_of(run));
  }
  if (processes <= most) return;
  throw UsageError(fmt::format("--hosts has room for {} ranks, but the largest run has {}: give it no more than that",
                               processes, most));
}

/// The processes of `--hosts` and the group that they form with this one, which is the first rank of the first host.
/// Formed anew, it has new processes, a new meeting place and a new secret.
class GroupOnHosts {
 public:
  GroupOnHosts(const RunOptions& options, const RendezvousNeeds& needs, const std::vector<Host>& hosts)
      : options_(options), needs_(needs), hosts_(hosts) {}

  LaunchGroup form(const std::vector<GroupChange>& changes) {
    others_.reset();
    const std::vector<Host> hosts = after_changes(hosts_, changes);
    const ProcessPlacement rendezvous{.address = options_.advertise.value_or(hosts[0].name),
                                      .port = tcp::listen_on("0.0.0.0").port,
                                      .secret = tcp::random_bytes()};
    const int processes = places_on(hosts), missing = std::max(0, places_on(hosts_) - processes);
    others_.emplace(hosts, options_.study.mpirun.program, options_.launcher.value_or(kDefaultLauncher),
                    RunOrder{.file = std::filesystem::absolute(options_.scenario.file),
                             .text = read_whole_file(options_.scenario.file),
                             .overrides = options_.scenario.overrides,
                             .processes = processes,
                             .missing = missing,
                             .rendezvous = rendezvous});
    const StartedAs started{.processes = processes, .names = "--hosts"};
    std::vector<int> watched = others_->descriptors();
    watched.push_back(signals_.descriptor());
    const auto check = [this] {
      if (interrupted_by() != 0) throw RunFailed("the command was interrupted");
      others_->require_all_running();
    };
    LaunchGroup group = join(started, rendezvous, {watched, check});
    group.can_start_again = true;
    group.missing = missing;
    group.interrupted_by = [this] { return interrupted_by(); };
    group.renew = [this](const std::vector<GroupChange>& since) { return form(since); };
    group.pause = [this](double pause_s) { wait_until_readable(std::array{signals_.descriptor()}, pause_s); };
    return group;
  }

  int interrupted_by() {
    if (interrupted_by_ == 0) interrupted_by_ = signals_.take();
    return interrupted_by_;
  }

 private:
  LaunchGroup join(const StartedAs& started, const ProcessPlacement& rendezvous, const tcp::Watch& watch) const {
    try {
      return join_tcp_group(started, rendezvous, options_.listen.value_or(""), needs_.timeout_s, watch);
    } catch (const tcp::ConnectionError& error) {
      throw RunFailed(error.what());
    }
  }

  const RunOptions& options_;
  RendezvousNeeds needs_;
  std::vector<Host> hosts_;
  SignalWatch signals_;
  int interrupted_by_ = 0;
  std::optional<HostProcesses> others_;
};

int run_on_hosts(const RunOptions& options) {
  const RendezvousNeeds needs = rendezvous_needs(options.scenario);
  if (!needs.can_meet) throw UsageError("--hosts is for the tcp world (-w tcp); the mpi world has --hostfile");
  const std::vector<Host> hosts = parse_hosts(*options.hosts);
  const int processes = places_on(hosts);
  require_ranks_for(processes, options);
  GroupOnHosts on_hosts(options, needs, hosts);
  // Once it runs something, the group is formed anew where that is done. Before, it is as often as a run may start
  // again.
  for (int restarts = 0;; ++restarts) {
    try {
      return run_together(options, {.processes = processes, .names = "--hosts"}, on_hosts.form({}));
    } catch (const RunFailed& error) {
      if (const int signal = on_hosts.interrupted_by(); signal != 0) {
        fmt::print(stderr, "tandem: interrupted before all ranks had joined; nothing was run\n");
        return 128 + signal;
      }
      if (restarts == needs.restarts) throw;
      fmt::print(stderr, "tandem: {}; all start again\n", error.what());
    }
  }
}

}  // namespace

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Run a scenario: its whole grid, if it has one");
  add_scenario(*run, options.scenario);
  add_key(*run, options.scenario.overrides, "-w,--world", "world", "The world to run in, instead of the scenario's");
  add_key(*run, options.scenario.overrides, "-n,--workers", "cluster.workers",
          "The number of workers, instead of the scenario's");
  run->add_option("--resume", options.resume, "Go on from the last checkpoint in this folder of an earlier run")
      ->check(CLI::ExistingDirectory);
  run->add_flag("--plot", options.plot, "Print the figures here, too, in characters");
  run->add_option("--shard", options.shard,
                  "I/N: run part I of N of the grid, into the folder -o that all parts share; then `tandem gather`");
  add_study(*run, options.study, "results/NAME", "results");
  run->add_option("--hostfile", options.study.mpirun.hostfile, "World mpi: the hosts, as mpirun reads them")
      ->check(CLI::ExistingFile);
  run->add_option("--listen", options.listen,
                  "World tcp, several hosts: the address that process 0 listens on (default: all)");
  run->add_option("--hosts", options.hosts, "World tcp: NAME:RANKS,NAME:RANKS,...; the first is this host");
  run->add_option("--launcher", options.launcher,
                  fmt::format("With --hosts: what starts a rank on another host (default: {})", kDefaultLauncher));
  run->add_option("--advertise", options.advertise,
                  "World tcp with --hosts: the address by which hosts reach this one (default: its name there)");
}

int join_command() {
  const RunOrder order = receive_run_order();
  if (!order.rendezvous) throw UsageError("standard input: the order of a run names no rendezvous");
  return run_until_input_ends([&] {
    return exit_code_of([&] {
      const RunOptions options{.scenario = {.file = order.file, .overrides = order.overrides, .text = order.text}};
      const StartedAs started{.process = order.process, .processes = order.processes, .names = "--hosts"};
      const double timeout_s = rendezvous_needs(options.scenario).timeout_s;
      LaunchGroup group = join_tcp_group(started, *order.rendezvous, "", timeout_s);
      group.can_start_again = true;
      group.missing = order.missing;
      return run_together(options, started, group);
    });
  });
}

int run_command(const RunOptions& options) {
  const std::optional<StartedAs> started = started_as();
  const bool is_one_of_many = started && started->processes > 1;
  if (options.resume && is_one_of_many)
    throw UsageError("--resume is for a run whose ranks this command starts, here or by --hosts");
  if (is_one_of_many && options.hosts)
    throw UsageError("--hosts in a process that a launcher has started: one of the two");
  refuse_without_hosts(options, is_one_of_many);
  if (options.shard) {
    if (is_one_of_many || options.hosts || options.resume)
      throw UsageError("--shard is for runs whose ranks this command starts alone, from their beginning");
    return run_shard(options);
  }
  if (is_one_of_many) return run_together(options, *started, group_of(options, *started));
  return options.hosts ? run_on_hosts(options) : run_here(options);
}

}  // namespace tandem
