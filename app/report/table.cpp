#include "app/report/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "app/report/answer.h"
#include "app/report/figure.h"
#include "app/report/quantity.h"
#include "app/report/series.h"
#include "app/report/target.h"
#include "app/store/columns.h"
#include "app/store/target.h"

namespace tandem {
namespace {

struct TableColumn {
  std::string heading;
  bool is_text = false;  ///< texts to the left, numbers to the right
  std::vector<std::string> cells;
};

using Cell = std::function<std::string(const Series&, const PointRuns&)>;

std::string median_cell(const PointRuns& point, std::string_view column) {
  return human_quantity(point.spread(column).median, field_unit(column));
}

Cell median_of(std::string_view column) {
  return [column](const Series&, const PointRuns& point) { return median_cell(point, column); };
}

/// Against the smallest worker count of the same curve.
std::string speedup_cell(const Series& series, const PointRuns& point) {
  const PointRuns& first = series.points.front();
  const double ratio = point.spread("samples_per_s").median / first.spread("samples_per_s").median;
  if (series.points.size() < 2 || !std::isfinite(ratio)) return "-";
  return fmt::format("{:.2f}x", ratio);
}

double median_over(const PointRuns& point, double (*measure)(const RunResult&)) {
  std::vector<double> values;
  for (const RunResult* run : point.runs) values.push_back(measure(*run));
  return spread_of(values).median;
}

std::string communication_cell(const Series&, const PointRuns& point) {
  const double share =
      median_over(point, [](const RunResult& r) { return r.time_s > 0 ? 100 * r.comm_s / r.time_s : kNotMeasured; });
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

/// Only where every run got there: the median of those that did would be no time of the others.
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

class Table {
 public:
  explicit Table(const std::vector<Series>& all) : all_(&all) {}

  /// `always`: also when every row says the same. A column in which nothing was measured is never added.
  void add(std::string heading, bool is_text, bool always, const Cell& cell) {
    TableColumn column{std::move(heading), is_text, {}};
    for (const Series& series : *all_) {
      for (const PointRuns& point : series.points) column.cells.push_back(cell(series, point));
    }
    const std::set<std::string> values(column.cells.begin(), column.cells.end());
    if (values == std::set<std::string>{"-"} || (!always && values.size() == 1)) return;
    columns_.push_back(std::move(column));
  }

  std::string text(const TableStyle& style) const {
    std::vector<std::string> lines(1 + (columns_.empty() ? 0 : columns_.front().cells.size()));
    for (const TableColumn& column : columns_) {
      std::size_t width = column.heading.size();
      for (const std::string& cell : column.cells) width = std::max(width, cell.size());
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string& cell = i == 0 ? column.heading : column.cells[i - 1];
        if (!lines[i].empty()) lines[i] += "  ";
        lines[i] += column.is_text ? fmt::format("{:<{}}", cell, width) : fmt::format("{:>{}}", cell, width);
      }
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      lines[i].erase(lines[i].find_last_not_of(' ') + 1);
      text += i == 0 && style.colour ? fmt::format("\x1b[1m{}\x1b[0m\n", lines[i]) : lines[i] + "\n";
    }
    return text;
  }

 private:
  const std::vector<Series>* all_;
  std::vector<TableColumn> columns_;
};

std::string heading_line(const Plan& plan, const std::vector<RunResult>& results, const std::vector<Series>& all) {
  return fmt::format("{}: {}; in {}{}; medians, {}", plan.name, scaling_kind(plan), fmt::join(worlds_of(all), ", "),
                     network_models(results), run_counts(all));
}

std::string setting_text(const std::vector<std::pair<std::string, std::string>>& factors,
                         const std::string& otherwise) {
  std::vector<std::string> words;
  for (const auto& [key, value] : factors) words.push_back(fmt::format("{} {}", canonical_column(key), value));
  return words.empty() ? otherwise : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::string results_table(const Plan& plan, const std::vector<RunResult>& results, const TableStyle& style) {
  const std::vector<Series> all = series_over(results, "workers");
  if (all.empty()) return {};
  Table table(all);
  table.add("strategy", true, true, [](const Series& series, const PointRuns&) { return series.label; });
  table.add("world", true, false, [](const Series& series, const PointRuns&) { return series.world; });
  table.add("workers", false, true, [](const Series&, const PointRuns& point) { return point.x_text; });
  table.add("samples/s", false, true, median_of("samples_per_s"));
  table.add("step time", false, true, median_of("step_s"));
  table.add("speed-up", false, true, speedup_cell);
  table.add("comm.", false, true, communication_cell);
  table.add("bytes/step", false, true, bytes_cell);
  table.add("train loss", false, true, [](const Series&, const PointRuns& p) { return loss_cell(p, "train_loss"); });
  table.add("val. loss", false, true,
            [](const Series&, const PointRuns& p) { return loss_cell(p, "validation_loss"); });
  table.add("accuracy", false, true, accuracy_cell);
  table.add("to loss", false, true, time_to("time_to_loss_s"));
  table.add("to val. loss", false, true, time_to("time_to_validation_loss_s"));
  table.add("to accuracy", false, true, time_to("time_to_validation_accuracy_s"));
  table.add("staleness", false, true, median_of("mean_staleness"));
  table.add("weights error", false, true,
            [](const Series&, const PointRuns& p) { return loss_cell(p, "weights_error"); });
  table.add("sha256", true, true, digest_cell);
  return fmt::format("{}\n\n{}", heading_line(plan, results, all), table.text(style));
}

std::string not_run_text(const Plan& plan, const std::vector<RunResult>& results) {
  std::string text;
  for (const Point& point : plan.points) {
    if (!point.skipped) continue;
    text += fmt::format("skipped: {}: {}\n", setting_text(point.factors, point.scenario.strategy.name), *point.skipped);
  }
  for (const RunResult& result : results) {
    if (result.failure.empty()) continue;
    text += fmt::format("failed: {}, repeat {}: {}\n", setting_text(result.factors, result.strategy_label),
                        result.repeat, result.failure);
  }
  return text;
}

std::string answer_text(const Plan& plan, const std::vector<RunResult>& results,
                        const std::vector<std::filesystem::path>& files, const std::vector<std::string>& notes,
                        const TableStyle& style) {
  std::vector<std::string> parts;
  if (!plan.question.empty()) {
    parts.push_back(style.colour ? fmt::format("\x1b[1m{}\x1b[0m\n", plan.question) : plan.question + "\n");
  }
  parts.push_back(results_table(plan, results, style));
  std::vector<std::string> sentences = answers(results);
  for (const TargetKind& kind : kTargetKinds) {
    for (std::string& sentence : target_sentences(plan, kind.y, "", results)) sentences.push_back(std::move(sentence));
  }
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
