#include "app/commands/shard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <set>

#include "app/commands/report.h"
#include "app/commands/study.h"
#include "app/run/dealing.h"
#include "app/store/columns.h"
#include "app/store/run_folder.h"
#include "app/store/sweep_folder.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The runs of this shard that nobody has ended yet, each in a folder of this process.
std::vector<Run> runs_left(const std::vector<Run>& runs, const SweepFolder& folder, const Shard& shard) {
  std::vector<double> costs_s;
  for (const SweepRun& run : folder.runs()) costs_s.push_back(run.cost_s);
  const std::vector<int> shard_of = deal(costs_s, shard.of);
  std::vector<Run> left;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (shard_of[i] != shard.number - 1 || folder.has(folder.runs()[i])) continue;
    left.push_back(runs[i]);
    left.back().directory = folder.own_folder(folder.runs()[i]);
  }
  return left;
}

const SweepRun& sweep_run_in(const SweepFolder& folder, const fs::path& directory) {
  for (const SweepRun& run : folder.runs()) {
    if (run.folder == directory.filename()) return run;
  }
  broken_invariant("a run of a sweep is in no folder of it");
}

/// Bits are promised for one build on one kind of processor.
void say_where_builds_differ(const std::map<std::string, std::size_t>& runs_of_build) {
  if (runs_of_build.size() < 2) return;
  fmt::print("note: the runs come from {} builds or processors; compare parameters_sha256 only among runs of one:\n",
             runs_of_build.size());
  for (const auto& [build, runs] : runs_of_build) fmt::print("  {} runs: {}\n", runs, build);
}

}  // namespace

Shard parse_shard(std::string_view text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const auto read = [](std::string_view part, int& number) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    return error == std::errc() && end == part.data() + part.size();
  };
  const bool is_read =
      slash != text.npos && read(text.substr(0, slash), shard.number) && read(text.substr(slash + 1), shard.of);
  if (!is_read || shard.number < 1 || shard.of < shard.number || shard.of > kMostShards)
    throw UsageError(
        fmt::format("--shard {}: write I/N, part I of N, with I from 1 to N and N at most {}", text, kMostShards));
  return shard;
}

int run_shard(const RunOptions& options) {
  const Shard shard = parse_shard(*options.shard);
  if (!options.study.directory) throw UsageError("--shard needs -o: the folder that all parts of the sweep share");
  if (options.study.force || options.study.json || options.plot)
    throw UsageError("--shard runs a part and reports nothing: --force, --json and --plot mean nothing with it");
  const Study study = prepare_study(load(options.scenario), options.study);
  const SweepFolder folder(fs::absolute(*options.study.directory).lexically_normal(), sweep_runs(study.prepared.runs));
  write_study_record(folder.path(), record_of(options.scenario), study.plan);
  const std::vector<Run> left = runs_left(study.prepared.runs, folder, shard);
  const std::string note = fmt::format("part {} of {}: {} of the sweep's {} runs are left to it", shard.number,
                                       shard.of, left.size(), folder.runs().size());
  const Ran ran = run_with_progress(note, left.size(), [&](RunEvents events) {
    const auto show = events.finished;
    events.finished = [&](const Run& run, const RunResult& result) {
      folder.keep(sweep_run_in(folder, run.directory));
      show(run, result);
    };
    return run_all(left, jobs_of(options.study), events);
  });
  fmt::print("{} runs ended; when all parts have: tandem gather {}\n", ran.results.size(), folder.path().string());
  return exit_code_of(ran);
}

void add_gather(CLI::App& app, GatherOptions& options) {
  CLI::App* gather = app.add_subcommand("gather", "Make one study of the parts that `run --shard` has run");
  gather->add_option("directory", options.directory, "The folder that the parts share")
      ->required()
      ->check(CLI::ExistingDirectory);
}

int gather_command(const GatherOptions& options) {
  const std::vector<SweepRun> runs = read_sweep(options.directory);
  Ran ran;
  std::vector<std::string> missing;
  std::map<std::string, std::size_t> runs_of_build;
  for (const SweepRun& run : runs) {
    const fs::path folder = folder_of(options.directory, run);
    if (!fs::exists(folder)) {
      missing.push_back(run.folder);
      continue;
    }
    ran.results.push_back(read_run(folder));
    ++runs_of_build[build_of_run(folder)];
  }
  if (ran.results.empty()) throw UsageError(fmt::format("{}: no run has ended yet", options.directory.string()));
  write_runs_csv(options.directory / "runs.csv", ran.results);
  report_command({.directory = options.directory});
  fmt::print("  {}\n", (options.directory / "runs.csv").string());
  say_where_builds_differ(runs_of_build);
  if (missing.empty()) return exit_code_of(ran);
  fmt::print(stderr, "tandem: {} of {} runs are missing; run the parts again, and only these are run: {}{}\n",
             missing.size(), runs.size(), missing.front(), missing.size() > 1 ? ", ..." : "");
  return kRunFailed;
}

}  // namespace tandem
