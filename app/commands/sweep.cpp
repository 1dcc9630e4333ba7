#include "app/commands/sweep.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "app/commands/report.h"
#include "app/commands/shard.h"
#include "app/commands/study.h"
#include "app/store/provenance.h"
#include "app/store/sweep_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"
#include "core/process/program.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Slurm's default MaxArraySize; indices stay below it.
constexpr int kUsualArraySize = 1001;

/// The word as a POSIX shell reads it back, whatever it holds.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// The number after "MaxArraySize" in what `scontrol show config` prints; the usual one where there is no such program.
int array_size_of_slurm() {
  std::string config;
  try {
    config = run_program({"scontrol", "show", "config"}, {.timeout_s = 20}).output;
  } catch (const std::system_error&) {
    return kUsualArraySize;
  }
  const std::size_t key = config.find("MaxArraySize");
  if (key == config.npos) return kUsualArraySize;
  const std::size_t digit = config.find_first_of("0123456789", key);
  int size = 0;
  const auto [end, error] =
      std::from_chars(config.data() + std::min(digit, config.size()), config.data() + config.size(), size);
  return error == std::errc() ? size : kUsualArraySize;
}

std::vector<std::string> hosts_of(const std::string& on) {
  constexpr std::string_view kSsh = "ssh:";
  std::vector<std::string> hosts;
  std::string name;
  for (const char c : on.substr(kSsh.size()) + ",") {
    if (c != ',') {
      name += c;
      continue;
    }
    const bool is_name = !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) &&
                         name.find_first_of(" \t\n'\"/\\$`;&|<>") == name.npos;
    if (!is_name) throw UsageError(fmt::format("--on {}: \"{}\" is no host; write ssh:NAME,NAME", on, name));
    hosts.push_back(std::exchange(name, {}));
  }
  return hosts;
}

/// Runs part $1 of the sweep. All hosts see this file, the scenario and the program under these names.
std::string part_script(const SweepOptions& options, const fs::path& folder, int shards) {
  std::string run =
      fmt::format("exec {} run {}", quoted(options.study.mpirun.program), quoted(fs::absolute(options.scenario.file)));
  for (const std::string& override : options.scenario.overrides) run += fmt::format(" -s {}", quoted(override));
  if (options.study.jobs > 0) run += fmt::format(" -j {}", options.study.jobs);
  return fmt::format("#!/bin/sh\n# Part $1 of {}.\n{} --shard \"$1/{}\" -o {}\n", shards, run, shards, quoted(folder));
}

std::string slurm_script(const SweepOptions& options, const fs::path& folder, const std::string& name, int shards) {
  const std::string part = quoted(folder / "part.sh") + " \"$SLURM_ARRAY_TASK_ID\"";
  const std::string gather = fmt::format("{} gather {}", quoted(options.study.mpirun.program), quoted(folder));
  return fmt::format(
      "parts=$(sbatch --parsable --job-name={0} --array=1-{1} --cpus-per-task={2} --output={3} {4} --wrap={5})\n"
      "sbatch --parsable --job-name={6} --dependency=afterany:\"${{parts%%;*}}\" --output={7} {4} --wrap={8}\n",
      quoted(name), shards, std::max(1, options.study.jobs), quoted((folder / "log" / "part-%a.txt").string()),
      options.more, quoted(part), quoted(name + "-gather"), quoted((folder / "log" / "gather.txt").string()),
      quoted(gather));
}

std::string parallel_script(const SweepOptions& options, const fs::path& folder, int shards) {
  std::string hosts;
  if (options.on != "local") hosts = fmt::format(" --sshlogin {}", quoted(options.on.substr(options.on.find(':') + 1)));
  // The command is read by two shells, this one and parallel's. A part that fails has kept its runs, and gather says
  // which are missing.
  return fmt::format(
      "seq 1 {} | parallel --jobs {}{} --joblog {} {} {} {{}} || true\n"
      "exec {} gather {}\n",
      shards, options.on == "local" ? "100%" : "1", hosts, quoted((folder / "log" / "parts.tsv").string()),
      options.more, quoted(quoted(folder / "part.sh")), quoted(options.study.mpirun.program), quoted(folder));
}

void require_one_real_run_at_a_time(const Study& study, const SweepOptions& options, int shards) {
  const auto is_real = [](const Run& run) { return !run.scenario.traits().predicts; };
  if (options.on != "local" || shards == 1) return;
  if (std::none_of(study.prepared.runs.begin(), study.prepared.runs.end(), is_real)) return;
  throw UsageError(
      "--on local runs parts at the same time, and real runs would disturb each other's measurements: use --shards 1");
}

int shards_of(const SweepOptions& options, std::size_t runs) {
  const int most = options.on == "slurm" ? array_size_of_slurm() - 1 : kMostShards;
  if (options.shards > most)
    throw UsageError(
        fmt::format("--shards {}: this Slurm's arrays end at index {} (MaxArraySize)", options.shards, most));
  const int wanted = options.shards > 0 ? options.shards : std::min<int>(most, static_cast<int>(runs));
  return std::min<int>(wanted, static_cast<int>(runs));
}

void write_script(const fs::path& path, const std::string& text) {
  write_whole_file(path, text);
  fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add);
}

}  // namespace

void add_sweep(CLI::App& app, SweepOptions& options) {
  CLI::App* sweep = app.add_subcommand("sweep", "Run a grid by Slurm, or by GNU parallel on this host or others");
  add_scenario(*sweep, options.scenario);
  sweep->add_option("--on", options.on, "slurm, local, or ssh:HOST,HOST,... with a file system in common")->required();
  sweep->add_option("--shards", options.shards, "How many parts (default: one per run, as far as an array reaches)")
      ->check(CLI::Range(1, kMostShards));
  sweep->add_option("-o,--output", options.study.directory, "The folder that all parts share")->required();
  sweep->add_option("-j,--jobs", options.study.jobs, "Simulations at a time in each part")->check(CLI::Range(1, 4096));
  sweep->add_option("--more", options.more, "More options for sbatch or parallel, such as --more='--partition=short'");
  sweep->add_flag("--submit", options.is_submitted, "Start it now; without, the script to start is written");
}

int sweep_command(const SweepOptions& options) {
  if (options.on != "slurm" && options.on != "local") {
    if (!options.on.starts_with("ssh:"))
      throw UsageError(fmt::format("--on {}: write slurm, local or ssh:HOST,HOST,...", options.on));
    hosts_of(options.on);
  }
  const Study study = prepare_study(load(options.scenario), options.study);
  const int shards = shards_of(options, study.prepared.runs.size());
  require_one_real_run_at_a_time(study, options, shards);
  const fs::path path = fs::absolute(*options.study.directory).lexically_normal();
  const SweepFolder folder(path, sweep_runs(study.prepared.runs));
  write_study_record(path, record_of(options.scenario), study.plan);
  fs::create_directories(path / "log");
  write_script(path / "part.sh", part_script(options, path, shards));
  const std::string start = options.on == "slurm" ? slurm_script(options, path, study.plan.name, shards)
                                                  : parallel_script(options, path, shards);
  write_script(path / "start.sh", fmt::format("#!/bin/sh\n# {} runs in {} parts; then they are gathered.\nset -eu\n{}",
                                              study.prepared.runs.size(), shards, start));
  if (is_built_for_this_processor() && options.on != "local") {
    fmt::print(stderr,
               "note: this program is built for this host's processor; hosts with others need a build with "
               "-DTANDEM_NATIVE=OFF, and then digests are comparable only among equal processors' builds\n");
  }
  fmt::print("written: {} ({} runs in {} parts)\n", (path / "start.sh").string(), study.prepared.runs.size(), shards);
  if (!options.is_submitted) return kSuccess;
  std::fflush(stdout);
  const ProcessEnd end = start_program({path / "start.sh"}).wait();
  return end.signal != 0 ? 128 + end.signal : end.code;
}

}  // namespace tandem
