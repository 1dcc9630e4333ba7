#include "app/report/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "app/figures/prediction.h"
#include "app/figures/quantity.h"
#include "app/figures/roles.h"
#include "app/figures/series.h"
#include "app/figures/target_sentences.h"
#include "app/report/answer.h"
#include "app/report/baseline.h"
#include "app/store/columns.h"
#include "app/store/target.h"

namespace tandem {
namespace {

using Cell = std::function<std::string(const Series&, const PointRuns&)>;

std::string median_cell(const PointRuns& point, std::string_view column) {
  return human_quantity(point.spread(column).median, field_unit(column));
}

Cell median_of(std::string_view column) {
  return [column](const Series&, const PointRuns& point) { return median_cell(point, column); };
}

std::string speedup_cell(const Series& series, const PointRuns& point, const std::vector<Baseline>& baselines) {
  const Baseline* baseline = baseline_of(series, baselines);
  const double ratio = point.spread("samples_per_s").median / baseline->samples_per_s;
  return baseline->points < 2 || !std::isfinite(ratio) ? "-" : fmt::format("{:.2f}x", ratio);
}

double median_over(const PointRuns& point, double (*measure)(const RunResult&)) {
  std::vector<double> values;
  for (const RunResult* run : point.runs) values.push_back(measure(*run));
  return spread_of(values).median;
}

std::string communication_cell(const Series&, const PointRuns& point) {
  const double share = median_over(point, [](const RunResult& r) {
    // Only ranks that train count: a server that only receives tells nothing about its workers.
    return r.time_s > 0 ? 100 * roles_of(r).front().communication_s / r.time_s : kNotMeasured;
  });
  return std::isnan(share) ? "-" : fmt::format("{:.0f} %", share);
}

std::string bytes_cell(const Series&, const PointRuns& point) {
  const double bytes = median_over(point, [](const RunResult& r) {
    return r.steps > 0 ? static_cast<double>(r.bytes_sent) / static_cast<double>(r.steps) : kNotMeasured;
  });
  return human_quantity(bytes, "B");
}

std::string accuracy_cell(const Series&, const PointRuns& point) {
  const double accuracy = point.spread("validation_accuracy").median;
  return std::isnan(accuracy) ? "-" : fmt::format("{:.4f}", accuracy);
}

std::string count_cell(const PointRuns& point, std::string_view column) {
  const double count = point.spread(column).median;
  return std::isnan(count) ? "-" : fmt::format("{:g}", count);
}

std::string goodput_cell(const Series&, const PointRuns& point) {
  const double share = point.spread("goodput").median;
  return std::isnan(share) ? "-" : fmt::format("{:.1f} %", 100 * share);
}

/// Stated only if every run reached the target: a median over some of the runs would leave out the slow ones.
Cell time_to(std::string_view column) {
  return [column](const Series&, const PointRuns& point) {
    return point.spread(column).n == point.runs.size() ? median_cell(point, column) : std::string("-");
  };
}

std::string loss_cell(const PointRuns& point, std::string_view column) {
  if (std::any_of(point.runs.begin(), point.runs.end(), [](const RunResult* run) { return has_diverged(*run); })) {
    return "diverged";
  }
  const double loss = point.spread(column).median;
  return std::isnan(loss) ? "-" : fmt::format("{:.4g}", loss);
}

/// Eight digits; "differ" when the repeats ended with different bits.
std::string digest_cell(const Series&, const PointRuns& point) {
  const std::string& first = point.runs.front()->parameters_sha256;
  const bool is_same = std::all_of(point.runs.begin(), point.runs.end(),
                                   [&](const RunResult* run) { return run->parameters_sha256 == first; });
  if (!is_same) return "differ";
  return first.empty() ? "-" : first.substr(0, 8);
}

/// Columns of a cell per point, in the order of the curves and their points.
class PointTable {
 public:
  explicit PointTable(const std::vector<Series>& all) : all_(&all) {}

  /// `always`: also when every row says the same. A column in which nothing was measured is never added.
  void add(std::string heading, TextTable::Kind kind, bool always, const Cell& cell) {
    std::vector<std::string> cells;
    for (const Series& series : *all_) {
      for (const PointRuns& point : series.points) cells.push_back(cell(series, point));
    }
    const std::set<std::string> values(cells.begin(), cells.end());
    if (values == std::set<std::string>{"-"} || (!always && values.size() == 1)) return;
    table_.add_column(std::move(heading), kind, std::move(cells));
    ++columns_;
  }

  std::size_t columns() const { return columns_; }
  const TextTable& table() const { return table_; }

 private:
  const std::vector<Series>* all_;
  TextTable table_;
  std::size_t columns_ = 0;
};

std::string heading_of(const StudyFacts& facts, const std::vector<Series>& all) {
  return fmt::format("{}: {}; in {}{}{}; medians, {}", facts.name, facts.scaling, fmt::join(worlds_of(all), ", "),
                     facts.cluster.empty() ? "" : "; ", facts.cluster, run_counts(all));
}

std::string setting_text(const std::vector<std::pair<std::string, std::string>>& factors,
                         const std::string& otherwise) {
  std::vector<std::string> words;
  for (const auto& [key, value] : factors) words.push_back(fmt::format("{} {}", canonical_column(key), value));
  return words.empty() ? otherwise : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

ResultsTable results_table_of(const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::vector<Series> all = series_over(results, "workers");
  if (all.empty()) return {};
  const std::vector<Baseline> baselines = baselines_of(all);
  constexpr auto kText = TextTable::Kind::text, kNumber = TextTable::Kind::number;
  const auto loss_of = [](std::string_view column) {
    return [column](const Series&, const PointRuns& point) { return loss_cell(point, column); };
  };
  PointTable table(all);
  table.add("strategy", kText, true, [](const Series& series, const PointRuns&) { return series.label; });
  table.add("world", kText, false, [](const Series& series, const PointRuns&) { return series.world; });
  table.add("workers", kNumber, true, [](const Series&, const PointRuns& point) { return point.x_text; });
  const std::size_t keys = table.columns();
  table.add("samples/s", kNumber, true, median_of("samples_per_s"));
  table.add("step time", kNumber, true, median_of("step_s"));
  table.add("speed-up", kNumber, true,
            [&](const Series& series, const PointRuns& point) { return speedup_cell(series, point, baselines); });
  table.add("comm.", kNumber, true, communication_cell);
  table.add("bytes/step", kNumber, true, bytes_cell);
  table.add("memory", kNumber, true, median_of("memory_bytes"));
  table.add("train loss", kNumber, true, loss_of("train_loss"));
  table.add("val. loss", kNumber, true, loss_of("validation_loss"));
  table.add("accuracy", kNumber, true, accuracy_cell);
  table.add("to loss", kNumber, true, time_to("time_to_loss_s"));
  table.add("to val. loss", kNumber, true, time_to("time_to_validation_loss_s"));
  table.add("to accuracy", kNumber, true, time_to("time_to_validation_accuracy_s"));
  table.add("failures", kNumber, true,
            [](const Series&, const PointRuns& point) { return count_cell(point, "failures"); });
  table.add("lost steps", kNumber, true,
            [](const Series&, const PointRuns& point) { return count_cell(point, "lost_steps"); });
  table.add("goodput", kNumber, true, goodput_cell);
  table.add("staleness", kNumber, true, median_of("mean_staleness"));
  table.add("weights error", kNumber, true, loss_of("weights_error"));
  table.add("sha256", kText, true, digest_cell);
  return {table.table(), keys, heading_of(facts, all), baseline_sentence(baselines)};
}

std::string results_table(const StudyFacts& facts, const std::vector<RunResult>& results, const TableStyle& style) {
  const ResultsTable held = results_table_of(facts, results);
  if (held.heading.empty()) return {};
  const std::string heading =
      style.columns == 0 ? held.heading : fmt::format("{}", fmt::join(wrapped(held.heading, style.columns), "\n"));
  return fmt::format("{}\n\n{}{}{}{}", heading, held.table.text(style, held.keys), held.baseline.empty() ? "" : "\n",
                     held.baseline, held.baseline.empty() ? "" : "\n");
}

std::vector<std::string> not_run(const Plan& plan, const std::vector<RunResult>& results) {
  std::vector<std::string> lines;
  if (!plan.replaced.empty()) lines.push_back(plan.replaced);
  for (const Point& point : plan.points) {
    if (!point.skipped) continue;
    lines.push_back(
        fmt::format("skipped: {}: {}", setting_text(point.factors, point.scenario.strategy.name), *point.skipped));
  }
  for (const RunResult& result : results) {
    if (result.failure.empty()) continue;
    lines.push_back(fmt::format("failed: {}, repeat {}: {}", setting_text(result.factors, result.strategy_label),
                                result.repeat, result.failure));
  }
  return lines;
}

std::string not_run_text(const Plan& plan, const std::vector<RunResult>& results) {
  std::string text;
  for (const std::string& line : not_run(plan, results)) text += line + "\n";
  return text;
}

std::vector<std::string> all_answers(const StudyFacts& facts, const std::vector<RunResult>& results) {
  std::vector<std::string> sentences = answers(results);
  if (std::string sentence = error_sentence(facts, results); !sentence.empty())
    sentences.push_back(std::move(sentence));
  for (const TargetKind& kind : kTargetKinds) {
    for (std::string& sentence : target_sentences(facts, kind.y, "", results)) sentences.push_back(std::move(sentence));
  }
  return sentences;
}

std::string answer_text(const Plan& plan, const StudyFacts& facts, const std::vector<RunResult>& results,
                        const std::vector<std::filesystem::path>& files, const std::vector<std::string>& notes,
                        const TableStyle& style) {
  std::vector<std::string> parts;
  if (!plan.question.empty()) {
    parts.push_back(style.colour ? fmt::format("\x1b[1m{}\x1b[0m\n", plan.question) : plan.question + "\n");
  }
  parts.push_back(results_table(facts, results, style));
  const std::vector<std::string> sentences = all_answers(facts, results);
  if (!sentences.empty()) parts.push_back(fmt::format("{}\n", fmt::join(sentences, "\n")));
  parts.push_back(not_run_text(plan, results));
  if (!notes.empty()) parts.push_back(fmt::format("note: {}\n", fmt::join(notes, "\nnote: ")));
  std::vector<std::string> names;
  for (const std::filesystem::path& file : files) names.push_back(file.string());
  if (!names.empty()) parts.push_back(fmt::format("written:\n  {}\n", fmt::join(names, "\n  ")));
  std::erase_if(parts, [](const std::string& part) { return part.empty(); });
  return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace tandem
