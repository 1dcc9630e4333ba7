#include "app/commands/compare.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "app/commands/study.h"
#include "app/launch/started.h"
#include "app/report/comparison.h"
#include "app/report/figures.h"
#include "app/report/writer.h"
#include "app/run/bounds.h"
#include "app/run/prepare.h"
#include "app/scenario/loader.h"
#include "app/store/columns.h"
#include "app/store/csv.h"
#include "app/store/measured_table.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

struct Study {
  Plan plan;
  Prepared prepared;
  std::vector<MeasuredRow> table;  ///< empty: a real world measures
};

std::string real_world_of(const CompareOptions& options) {
  if (options.world == "sim") throw UsageError("-w sim: name the world to measure in; sim is what predicts");
  if (!options.world.empty()) return options.world;
  for (const Point& point : load_plan(options.file, options.overrides).points) {
    if (point.scenario.world != "sim") return point.scenario.world;
  }
  return "threads";
}

Study study_of_world(const CompareOptions& options) {
  std::vector<std::string> overrides = options.overrides;
  overrides.push_back(fmt::format("sweep.grid.world=[sim, {}]", real_world_of(options)));
  Study study{.plan = load_plan(options.file, overrides)};
  study.prepared = prepare(study.plan);
  return study;
}

Study study_of_table(const CompareOptions& options) {
  Study study{.plan = {.file = options.file},
              .table = read_measured_table(options.measured, options.file, options.overrides)};
  for (const MeasuredRow& row : study.table) study.plan.points.push_back(row.point);
  study.plan.name = study.plan.points.front().scenario.name;
  study.plan.question = study.plan.points.front().scenario.question;
  study.prepared = prepare(study.plan);
  for (std::size_t i = 0; i < study.prepared.points.size(); ++i) {
    if (const auto& reason = study.prepared.points[i].skipped)
      throw UsageError(fmt::format("{}:{}: {}", options.measured, i + 2, *reason));
  }
  return study;
}

// What the table says of each run, and the simulations under the table's names.
std::vector<RunResult> with_table(const Study& study, std::vector<RunResult> results) {
  std::vector<RunResult> measured;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const MeasuredRow& row = study.table[i];
    const Run& run = study.prepared.runs[i];
    if (!row.label.empty()) results[i].strategy_label = row.label;
    RunResult& published = measured.emplace_back(failed_result(run, ""));
    published.world = "table";
    published.strategy_label = results[i].strategy_label;
    const auto batch = static_cast<double>(job_of(run).batches.global_batch());
    published.step_s = row.step_s ? *row.step_s : batch / *row.samples_per_s;
    published.samples_per_s = batch / published.step_s;
  }
  results.insert(results.end(), measured.begin(), measured.end());
  return results;
}

// Which runs differ in world and repeat only.
std::string setting_of(const RunResult& result) {
  std::string text = fmt::format("{}, {} workers", result.strategy_label, result.workers);
  for (const auto& [key, value] : result.factors) text += key == "world" ? "" : fmt::format(", {} {}", key, value);
  return text;
}

// The simulations that overlap, without it: the upper end of what overlapping can come to.
std::vector<Run> without_overlap(const std::vector<Run>& runs) {
  std::vector<Run> sequential;
  for (const Run& run : runs) {
    if (run.scenario.world != "sim") continue;
    const auto without = strategy_of(run.scenario.strategy).without_overlap(run.scenario.strategy);
    if (!without) continue;
    sequential.push_back(run);
    sequential.back().scenario.strategy = *without;
  }
  return sequential;
}

// `sequential` are the results of without_overlap, in order.
void add_bounds(Comparison& comparison, const Study& study, const std::vector<RunResult>& results,
                const std::vector<RunResult>& sequential) {
  std::map<std::string, double> least_s, most_s;
  std::size_t overlapped = 0;
  for (std::size_t i = 0; i < study.prepared.runs.size() && i < results.size(); ++i) {
    const Run& run = study.prepared.runs[i];
    if (run.scenario.world != "sim") continue;
    const Strategy& strategy = strategy_of(run.scenario.strategy);
    const StepCost cost = step_cost(run.scenario, strategy, job_of(run));
    if (!cost.bounds.empty()) least_s[setting_of(results[i])] = cost.bounds.front().least_s;
    const RunResult& one_after_the_other =
        strategy.without_overlap(run.scenario.strategy) ? sequential[overlapped++] : results[i];
    // Stages of a pipeline wait for each other: what it hides is not communication alone.
    const bool waits = strategy.facts(run.scenario.strategy).sends_activations;
    const bool has_range = !waits && one_after_the_other.failure.empty();
    if (has_range) most_s[setting_of(results[i])] = one_after_the_other.step_s;
  }
  for (ComparedPoint& point : comparison.points) {
    if (const auto found = least_s.find(setting_of(*point.run)); found != least_s.end()) point.least_s = found->second;
    if (const auto found = most_s.find(setting_of(*point.run)); found != most_s.end()) point.most_s = found->second;
  }
}

nlohmann::ordered_json json_of(const Study& study, const Comparison& comparison,
                               const std::filesystem::path& directory) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const ComparedPoint& point : comparison.points) {
    points.push_back({{"series", point.label},
                      {"world", point.world},
                      {"x", point.x_text},
                      {"measured_step_s", point.measured_s.median},
                      {"low_step_s", point.measured_s.low},
                      {"high_step_s", point.measured_s.high},
                      {"n", point.measured_s.n},
                      {"predicted_step_s", point.predicted_s},
                      {"predicted_over_measured", point.ratio()},
                      {"least_step_s", point.least_s},
                      {"most_step_s", point.most_s},
                      {"measured_is", point.place_of(point.measured_s.median)},
                      {"predicted_is", point.place_of(point.predicted_s)}});
  }
  return {{"name", study.plan.name},
          {"directory", directory.string()},
          {"median_error", comparison.median_error()},
          {"worst_error", comparison.worst_error()},
          {"pairs", comparison.ranking.pairs},
          {"ranked_right", comparison.ranking.right},
          {"points", points}};
}

void report(Study& study, const Comparison& comparison, const std::string& x, const std::vector<RunResult>& results,
            const std::filesystem::path& directory, const CompareOptions& options) {
  write_runs_csv(directory / "runs.csv", results);
  write_whole_file(directory / "comparison.csv", comparison_csv(comparison, x));
  study.plan.figures = {{.figure = "comparison", .x = x}};
  const FigureReport figures = write_figures(study.plan, results, directory / "figures");
  if (options.json) {
    fmt::print("{}\n", text_of(json_of(study, comparison, directory)));
    return;
  }
  const TableStyle style{.colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
  fmt::print("{}\n\n{}", study.plan.question, comparison_text(comparison, x, style));
  const std::string not_run = not_run_text(study.plan, results);
  if (!not_run.empty()) fmt::print("\n{}", not_run);
  for (const std::string& note : figures.notes) fmt::print("\n{}\n", note);
  fmt::print("\nwritten: runs.csv, comparison.csv and figures/ in {}\n", directory.string());
}

int verdict(const Comparison& comparison, const Ran& ran, const CompareOptions& options) {
  if (const int code = exit_code_of(ran); code != 0 || !options.tolerance_percent) return code;
  constexpr int kCheckFailed = 3;
  const double worst_percent = 100 * comparison.worst_error();
  if (worst_percent <= *options.tolerance_percent) return 0;
  fmt::print(stderr, "tandem: the worst error is {:.1f} %, more than the {:g} % of --tolerance\n", worst_percent,
             *options.tolerance_percent);
  return kCheckFailed;
}

}  // namespace

void add_compare(CLI::App& app, CompareOptions& options) {
  CLI::App* compare =
      app.add_subcommand("compare", "Run a scenario for real and in simulation: how large is the error?");
  compare->add_option("file", options.file, "The scenario (YAML)")->required();
  compare->add_option("-s,--set", options.overrides, "Change a key: -s cluster.workers=4 (repeatable)")
      ->allow_extra_args(false);
  CLI::Option* world =
      compare->add_option("-w,--world", options.world, "The world to measure in (default: the scenario's)");
  compare->add_option("--measured", options.measured, "Compare with this table (CSV) of measurements from elsewhere")
      ->excludes(world);
  compare->add_option("--tolerance", options.tolerance_percent, "Exit with 3 when an error is above this many percent")
      ->check(CLI::NonNegativeNumber);
  compare->add_option("-o,--output", options.directory, "The folder to write to, instead of results/NAME-compare");
  compare->add_option("-j,--jobs", options.jobs, "Simulations at a time (default: all cores)")
      ->check(CLI::Range(1, 4096));
  compare->add_flag("--force", options.force, "Replace the finished study in that folder");
  compare->add_flag("--json", options.json, "Print the comparison as JSON");
}

int compare_command(const CompareOptions& options) {
  require_alone("compare", /*or_by_mpi=*/true);
  Study study = options.measured.empty() ? study_of_world(options) : study_of_table(options);
  study.plan.points = study.prepared.points;
  if (study.prepared.runs.empty())
    throw UsageError(fmt::format("{}: nothing to run\n{}", options.file, not_run_text(study.plan, {})));
  const std::filesystem::path wanted = output_folder(options.directory, options.base, study.plan.name + "-compare");
  const OutputDirectory output =
      choose_output_directory(wanted.parent_path(), wanted.filename().string(), options.force);
  const std::vector<Run> sequential = without_overlap(study.prepared.runs);
  std::vector<Run> runs = study.prepared.runs;
  runs.insert(runs.end(), sequential.begin(), sequential.end());
  place(runs, output.path);
  const Ran ran = run_with_progress(runs, output.note,
                                    [&](const RunEvents& events) { return run_all(runs, options.jobs, events); });
  if (ran.interrupted_by != 0) return exit_code_of(ran);

  const auto first_sequential = ran.results.end() - static_cast<std::ptrdiff_t>(sequential.size());
  const std::vector<RunResult> of_sequential(first_sequential, ran.results.end());
  const std::vector<RunResult> of_study(ran.results.begin(), first_sequential);
  const std::vector<RunResult> results = study.table.empty() ? of_study : with_table(study, of_study);
  const std::string x = study.table.empty() ? axis_of(study.plan, results)
                                            : std::string(canonical_column(runs.front().factors.front().first));
  Comparison comparison = compare(results, x);
  // A table's series are what it calls them, and seldom strategies in the same setting.
  if (!study.table.empty()) comparison.ranking = {};
  add_bounds(comparison, study, results, of_sequential);
  report(study, comparison, x, results, output.path, options);
  return verdict(comparison, ran, options);
}

}  // namespace tandem
