#include "app/commands/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>

#include "app/commands/study.h"
#include "app/figures/prediction.h"
#include "app/launch/started.h"
#include "app/report/comparison_text.h"
#include "app/report/draw.h"
#include "app/report/study_facts.h"
#include "app/report/table.h"
#include "app/run/bounds.h"
#include "app/run/prepare.h"
#include "app/scenario/measured_table.h"
#include "app/store/columns.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Table = std::vector<MeasuredRow>;

std::string real_world_of(const CompareOptions& options) {
  const World* asked = find_world(options.world);
  if (asked != nullptr && asked->predicts)
    throw UsageError(fmt::format("-w {0}: name the world to measure in; {0} is what predicts", asked->name));
  if (!options.world.empty()) return options.world;
  for (const Point& point : load(options.scenario).points) {
    if (!point.scenario.traits().predicts) return point.scenario.world;
  }
  return std::string(default_world().name);
}

Plan plan_of_two_worlds(const CompareOptions& options) {
  ScenarioOptions scenario = options.scenario;
  scenario.overrides.push_back(
      fmt::format("sweep.grid.world=[{}, {}]", simulated_world().name, real_world_of(options)));
  return load(scenario);
}

Plan plan_of_table(const Table& table, const std::string& file) {
  Plan plan{.file = file};
  for (const MeasuredRow& row : table) plan.points.push_back(row.point);
  plan.name = plan.points.front().scenario.name;
  plan.question = plan.points.front().scenario.question;
  return plan;
}

void require_every_row(const Prepared& prepared, const std::string& table) {
  for (std::size_t i = 0; i < prepared.points.size(); ++i) {
    if (const auto& reason = prepared.points[i].skipped)
      throw UsageError(fmt::format("{}:{}: {}", table, i + 2, *reason));
  }
}

// The measured runs of the table, and the simulations under the table's names.
std::vector<RunResult> with_table(const Study& study, const Table& table, std::vector<RunResult> results) {
  std::vector<RunResult> measured;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const MeasuredRow& row = table[i];
    const Run& run = study.prepared.runs[i];
    RunResult& published = measured.emplace_back(failed_result(run, ""));
    if (!row.label.empty()) {
      results[i].strategy_label = row.label;
      // The label is what the table has swept besides, even along an option of the strategy.
      for (RunResult* result : {&results[i], &published}) result->factors.emplace_back("strategy", row.label);
    }
    published.world = "table";
    published.strategy_label = results[i].strategy_label;
    const auto batch = static_cast<double>(job_of(run).batches.global_batch());
    published.step_s = row.step_s ? *row.step_s : batch / *row.samples_per_s;
    published.samples_per_s = batch / published.step_s;
  }
  results.insert(results.end(), measured.begin(), measured.end());
  return results;
}

// Equal for runs that differ in world and repeat only.
std::string run_of(const RunResult& result) {
  std::string text = fmt::format("{}, {} workers", result.strategy_label, result.workers);
  for (const auto& [key, value] : result.factors) text += key == "world" ? "" : fmt::format(", {} {}", key, value);
  return text;
}

// The simulations of overlapping runs, repeated without overlap: the longest that overlapping can take.
std::vector<Run> without_overlap(const std::vector<Run>& runs) {
  std::vector<Run> sequential;
  for (const Run& run : runs) {
    if (!run.scenario.traits().predicts) continue;
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
    if (!run.scenario.traits().predicts) continue;
    const Strategy& strategy = strategy_of(run.scenario.strategy);
    const StepCost cost = step_cost(run.scenario, strategy, job_of(run));
    if (!cost.bounds.empty() && run.scenario.elastic.empty()) least_s[run_of(results[i])] = cost.bounds.front().least_s;
    const RunResult& one_after_the_other =
        strategy.without_overlap(run.scenario.strategy) ? sequential[overlapped++] : results[i];
    // Stages of a pipeline wait for each other, so what it hides is not communication alone.
    const bool waits = strategy.facts(run.scenario.strategy).sends_activations;
    const bool has_range = !waits && one_after_the_other.failure.empty();
    if (has_range) most_s[run_of(results[i])] = one_after_the_other.step_s;
  }
  for (ComparedPoint& point : comparison.points) {
    if (const auto found = least_s.find(run_of(*point.run)); found != least_s.end()) point.least_s = found->second;
    if (const auto found = most_s.find(run_of(*point.run)); found != most_s.end()) point.most_s = found->second;
  }
}

/// Unless a real world emulates the scenario's hosts and links, it has neither their speed nor their bandwidth; the
/// error then shows how much this machine differs from the cluster.
std::string unlike_the_cluster(const Study& study) {
  std::string world;
  bool lacks_speed = false, lacks_links = false;
  for (const Run& run : study.prepared.runs) {
    if (run.scenario.traits().predicts) continue;
    world = run.scenario.world;
    lacks_speed = lacks_speed || !run.scenario.has_host_speed();
    lacks_links = lacks_links || !run.scenario.has_links();
  }
  if (!lacks_links) return {};
  return fmt::format(
      "warning: {} measured this machine{}, not the scenario's {}: the error is that of the prediction only if the\n"
      "cluster describes this machine (tandem calibrate -w {}), or is emulated (-w tcp -s cluster.emulate=true).\n",
      world, lacks_speed ? "" : "'s links", lacks_speed ? "hosts and links" : "links", world);
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
          {"warning", unlike_the_cluster(study)},
          {"pairs", comparison.ranking.pairs},
          {"ranked_right", comparison.ranking.right},
          {"points", points}};
}

void report(Study& study, const Comparison& comparison, const std::string& x, const std::vector<RunResult>& results,
            const StudyOptions& options) {
  const std::filesystem::path& directory = study.folder.path();
  write_runs_csv(directory / "runs.csv", results);
  write_whole_file(directory / "comparison.csv", comparison_csv(comparison, x));
  study.plan.figures = {{"comparison", {{"x", x}}}};
  const StudyFacts facts = study_facts(study.plan, results);
  const FigureReport figures = draw_charts(charts_of(facts, results), directory / "figures");
  if (options.json) {
    fmt::print("{}\n", text_of(json_of(study, comparison, directory)));
    return;
  }
  fmt::print("{}\n\n{}", study.plan.question, comparison_text(comparison, x, style_of_output()));
  if (const std::string warning = unlike_the_cluster(study); !warning.empty()) fmt::print("\n{}", warning);
  const std::string not_run = not_run_text(study.plan, results);
  if (!not_run.empty()) fmt::print("\n{}", not_run);
  for (const std::string& note : figures.notes) fmt::print("\n{}\n", note);
  fmt::print("\nwritten: runs.csv, comparison.csv and figures/ in {}\n", directory.string());
}

int verdict(const Comparison& comparison, const Ran& ran, const CompareOptions& options) {
  if (const int code = exit_code_of(ran); code != 0 || !options.tolerance_percent) return code;
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
  add_scenario(*compare, options.scenario);
  CLI::Option* world =
      compare->add_option("-w,--world", options.world, "The world to measure in (default: the scenario's)");
  compare->add_option("--measured", options.measured, "Compare with this table (CSV) of measurements from elsewhere")
      ->excludes(world);
  compare->add_option("--tolerance", options.tolerance_percent, "Exit with 3 when an error is above this many percent")
      ->check(CLI::NonNegativeNumber)
      ->check(not_nan());
  add_study(*compare, options.study, "results/NAME-compare", "comparison");
}

int compare_command(const CompareOptions& options) {
  require_alone("compare", /*or_by_mpi=*/true);
  Table table;
  if (!options.measured.empty())
    table = read_measured_table(options.measured, options.scenario.file, options.scenario.overrides);
  const bool has_table = !table.empty();
  Study study = prepare_study(has_table ? plan_of_table(table, options.scenario.file) : plan_of_two_worlds(options),
                              options.study);
  if (has_table) require_every_row(study.prepared, options.measured);

  // The simulations without overlap are runs like the others, but results of their own.
  const std::vector<Run> sequential = without_overlap(study.prepared.runs);
  const auto compared = static_cast<std::ptrdiff_t>(study.prepared.runs.size());
  std::vector<Run> runs = study.prepared.runs;
  runs.insert(runs.end(), sequential.begin(), sequential.end());
  open_folder(study, options.study, study.plan.name + "-compare");
  place(runs, study.folder.path());
  const Ran ran = run_all_with_progress(runs, study.folder.note(), options.study);
  if (ran.interrupted_by != 0) return exit_code_of(ran);

  const std::vector<RunResult> of_study(ran.results.begin(), ran.results.begin() + compared);
  const std::vector<RunResult> of_sequential(ran.results.begin() + compared, ran.results.end());
  const std::vector<RunResult> results = has_table ? with_table(study, table, of_study) : of_study;
  const std::string x = has_table ? std::string(canonical_column(runs.front().factors.front().first))
                                  : axis_of(study.plan.figures, results);
  Comparison comparison = compare(results, x);
  // The series of a table have names of their own, and are seldom strategies in the same setting.
  if (has_table) comparison.ranking = {};
  add_bounds(comparison, study, results, of_sequential);
  report(study, comparison, x, results, options.study);
  study.folder.finish();
  return verdict(comparison, ran, options);
}

}  // namespace tandem
