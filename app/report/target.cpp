#include "app/report/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/report/columns.h"
#include "app/report/quantity.h"
#include "app/report/series.h"

namespace tandem {

double step_value(const StepResult& row, std::string_view y) {
  if (y == "validation_loss") return row.validation_loss;
  if (y == "validation_accuracy") return row.validation_accuracy;
  return row.train_loss;
}

double time_to_target_s(const RunResult& run, std::string_view y, double target) {
  double first_s = kNotMeasured;
  for (const StepResult& row : run.step_rows) {
    const bool is_one_workers = row.worker >= 0 && y == "train_loss";
    const double value = step_value(row, y);
    const bool is_reached = y == "validation_accuracy" ? value >= target : value <= target;
    if (is_reached && !is_one_workers && !(first_s <= row.time_s)) first_s = row.time_s;
  }
  return first_s;
}

std::vector<std::string> target_sentences(const FigureSpec& spec, const std::vector<RunResult>& results) {
  if (!spec.target) return {};
  const std::string y = spec.y.empty() ? "train_loss" : spec.y;
  const std::vector<Series> all = largest_only(series_over(results, "workers", spec.series));
  std::vector<std::string> sentences;
  for (const std::string& world : worlds_of(all)) {
    std::vector<std::pair<double, std::string>> reached;
    std::vector<std::string> missed;
    for (const Series& series : all) {
      if (series.world != world) continue;
      const double time_s = time_to_target_s(*series.points.back().runs.front(), y, *spec.target);
      if (std::isnan(time_s)) missed.push_back(series.label);
      if (!std::isnan(time_s)) reached.emplace_back(time_s, series.label);
    }
    std::stable_sort(reached.begin(), reached.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> parts;
    for (const auto& [time_s, label] : reached) {
      parts.push_back(fmt::format("{} {}", label, human_quantity(time_s, "s")));
    }
    if (!missed.empty()) parts.push_back(fmt::format("never: {}", fmt::join(missed, ", ")));
    sentences.push_back(
        fmt::format("Time to {} {:g} ({}): {}.", field_title(y), *spec.target, world, fmt::join(parts, ", ")));
  }
  return sentences;
}

}  // namespace tandem
