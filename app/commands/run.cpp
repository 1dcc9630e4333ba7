#include "app/commands/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "algorithms/strategies/strategy.h"
#include "app/commands/study.h"
#include "app/launch/crew.h"
#include "app/launch/hosts.h"
#include "app/report/figures.h"
#include "app/report/table.h"
#include "app/report/writer.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "app/scenario/loader.h"
#include "app/store/csv.h"
#include "app/store/unfinished.h"
#include "core/errors.h"

namespace tandem {
namespace {

struct Study {
  Plan plan;
  Prepared prepared;
  OutputDirectory output;
  std::unique_ptr<UnfinishedStudy> unfinished;  ///< none in an MPI job, whose processes cannot agree on what is left
};

void print_json(const Plan& plan, const std::vector<RunResult>& results, const std::filesystem::path& directory) {
  nlohmann::ordered_json json = {{"name", plan.name},
                                 {"question", plan.question},
                                 {"directory", directory.string()},
                                 {"runs", nlohmann::json::array()},
                                 {"skipped", nlohmann::json::array()}};
  for (const RunResult& result : results) json["runs"].push_back(to_json(result));
  for (const Point& point : plan.points) {
    if (point.skipped)
      json["skipped"].push_back({{"strategy", strategy_label(point.scenario.strategy)},
                                 {"workers", point.scenario.cluster.workers},
                                 {"world", point.scenario.world},
                                 {"reason", *point.skipped}});
  }
  fmt::print("{}\n", text_of(json));
}

Plan plan_of(const RunOptions& options) {
  return options.text ? parse_plan(*options.text, options.file, options.overrides)
                      : load_plan(options.file, options.overrides);
}

// Loaded and checked: what cannot be run is known before anything runs.
Study load_study(const RunOptions& options, const Crew* crew = nullptr) {
  Study study{.plan = plan_of(options)};
  study.prepared = prepare(study.plan);
  if (crew != nullptr) skip_what_a_crew_cannot_run(study.prepared, crew->world, crew->processes);
  study.plan.points = study.prepared.points;
  if (study.prepared.runs.empty())
    throw UsageError(fmt::format("{}: nothing to run\n{}", options.file, not_run_text(study.plan, {})));
  for (Run& run : study.prepared.runs) run.hostfile = options.hostfile;
  return study;
}

using MayResume = std::function<bool(const std::filesystem::path&)>;

void open_output(Study& study, const RunOptions& options, const MayResume& may_resume) {
  const std::filesystem::path wanted = output_folder(options.directory, options.base, study.plan.name);
  study.output = choose_output_directory(wanted.parent_path(), wanted.filename().string(), options.force, may_resume);
  place(study.prepared.runs, study.output.path);
}

int report(const Study& study, const Ran& ran, const RunOptions& options) {
  const std::filesystem::path& directory = study.output.path;
  std::vector<std::filesystem::path> files = {directory / "runs.csv"};
  write_runs_csv(files[0], ran.results);
  const FigureReport figures = write_figures(study.plan, ran.results, directory / "figures");
  files.insert(files.end(), figures.files.begin(), figures.files.end());

  if (options.json) {
    print_json(study.plan, ran.results, directory);
  } else {
    const TableStyle style{.colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
    fmt::print("{}", answer_text(study.plan, ran.results, files, figures.notes, style));
  }
  if (ran.interrupted_by != 0) {
    fmt::print(stderr, "tandem: interrupted; {} of {} runs were finished and are in {}{}\n", ran.results.size(),
               study.prepared.runs.size(), directory.string(),
               study.unfinished ? "; the same command goes on with the rest" : "");
  } else if (study.unfinished) {
    study.unfinished->finish();
  }
  return exit_code_of(ran);
}

struct Wish {
  bool is_tcp = false;  ///< all runs are
  double timeout_s = 60;
};

// What the scenario asks for; where it cannot be read, that is said later, by one process for all.
Wish wish_of(const RunOptions& options) {
  try {
    const Plan plan = plan_of(options);
    const auto is_tcp = [](const Point& point) { return point.scenario.world == "tcp"; };
    return {std::all_of(plan.points.begin(), plan.points.end(), is_tcp), plan.points.at(0).scenario.timeout_s};
  } catch (const UsageError&) {
    return {};
  }
}

// Names that MPI does not know mean tcp; those that it knows may mean either.
Crew crew_of(const RunOptions& options, const StartedAs& started) {
  const Wish wish = wish_of(options);
  return wish.is_tcp || !started.by_mpi ? tcp_crew(started, meeting_point(), options.listen, wish.timeout_s)
                                        : mpi_crew();
}

// One of the processes that a launcher has started. The first speaks for all.
int run_as_one_of_many(const RunOptions& options, const StartedAs& started, const Crew& crew) {
  const bool speaks = started.process == 0;
  Study study;
  try {
    in_agreement(crew, [&] {
      if (crew.processes != started.processes) {
        throw UsageError(
            fmt::format("started as one of {} processes, but MPI joins {}: start them by mpirun, or by "
                        "srun with the PMI that MPI was built for (srun --mpi=list)",
                        started.processes, crew.processes));
      }
      study = load_study(options, &crew);
      if (speaks) open_output(study, options, {});
    });
  } catch (const UsageError&) {
    constexpr int kUsage = 2;
    if (speaks) throw;
    return kUsage;
  }
  if (!speaks) {
    run_in_crew(crew, study.prepared.runs, {});
    return 0;
  }
  const Ran ran = run_with_progress(study.prepared.runs, study.output.note, [&](const RunEvents& events) {
    return run_in_crew(crew, study.prepared.runs, events);
  });
  return report(study, ran, options);
}

// The first host is this one. Its other ranks, and those of the other hosts, are processes that are started now.
int run_on_hosts(const RunOptions& options) {
  const Wish wish = wish_of(options);
  if (!wish.is_tcp) throw UsageError("--hosts is for the tcp world (-w tcp); the mpi world has --hostfile");
  const std::vector<Host> hosts = parse_hosts(options.hosts);
  int processes = 0;
  for (const Host& host : hosts) processes += host.ranks;
  std::ifstream file(options.file);
  Summons summons{.processes = processes,
                  .meeting = {.address = options.advertise.empty() ? hosts[0].name : options.advertise,
                              .port = tcp::listen_on("0.0.0.0").port,
                              .secret = tcp::random_bytes()},
                  .file = std::filesystem::absolute(options.file),
                  .text = {std::istreambuf_iterator<char>(file), {}},
                  .overrides = options.overrides};
  const Launched launched(hosts, options.launcher, summons);
  const StartedAs started{.processes = processes, .names = "--hosts"};
  const Crew crew = tcp_crew(started, summons.meeting, options.listen, wish.timeout_s,
                             {launched.descriptors(), [&launched] { launched.look(); }});
  return run_as_one_of_many(options, started, crew);
}

}  // namespace

int join_command() {
  const Summons summons = read_summons();
  end_with_standard_input();
  const RunOptions options{.file = summons.file, .overrides = summons.overrides, .text = summons.text};
  const StartedAs started{.process = summons.process, .processes = summons.processes, .names = "--hosts"};
  return run_as_one_of_many(options, started, tcp_crew(started, summons.meeting, "", wish_of(options).timeout_s));
}

int run_command(const RunOptions& options) {
  const std::optional<StartedAs> started = started_as();
  if (started && started->processes > 1) {
    if (!options.hosts.empty()) throw UsageError("--hosts in a process that a launcher has started: one of the two");
    return run_as_one_of_many(options, *started, crew_of(options, *started));
  }
  if (!options.hosts.empty()) return run_on_hosts(options);
  Study study = load_study(options);
  const std::string identity = study_identity(study.prepared.runs);
  open_output(study, options, [&](const std::filesystem::path& folder) { return can_go_on(folder, identity); });
  study.unfinished = std::make_unique<UnfinishedStudy>(study.output.path, identity);
  const Ran ran = run_with_progress(study.prepared.runs, study.output.note, [&](const RunEvents& events) {
    return run_all(study.prepared.runs, options.jobs, events);
  });
  return report(study, ran, options);
}

}  // namespace tandem
