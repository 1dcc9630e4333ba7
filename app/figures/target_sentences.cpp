#include "app/figures/target_sentences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/figures/quantity.h"
#include "app/figures/series.h"
#include "app/store/columns.h"
#include "app/store/target.h"

namespace tandem {
namespace {

/// A run can only miss a target that it was held to: losses of phantom runs, and validation that was never due, are
/// none.
bool was_measured(const RunResult& run, std::string_view y) {
  const bool at_the_end = has_diverged(run) || field_number(run, y).has_value();
  return at_the_end || std::any_of(run.step_rows.begin(), run.step_rows.end(),
                                   [&](const StepResult& row) { return !std::isnan(step_value(row, y)); });
}

struct TargetAnswers {
  std::vector<std::pair<double, std::string>> reached;
  std::vector<std::string> missed, unmeasured;
};

TargetAnswers answers_in(const std::string& world, const std::vector<Series>& all, std::string_view y,
                         std::string_view time_column) {
  TargetAnswers answers;
  for (const Series& curve : all) {
    if (curve.world != world) continue;
    const PointRuns& point = curve.points.back();
    const auto measured = static_cast<std::size_t>(std::count_if(
        point.runs.begin(), point.runs.end(), [&](const RunResult* run) { return was_measured(*run, y); }));
    const Spread time_s = point.spread(time_column);
    if (measured == 0) {
      answers.unmeasured.push_back(curve.label);
    } else if (time_s.n >= measured) {
      answers.reached.emplace_back(time_s.median, curve.label);
    } else {
      answers.missed.push_back(
          time_s.n == 0 ? curve.label : fmt::format("{} in {} of {} runs", curve.label, measured - time_s.n, measured));
    }
  }
  std::stable_sort(answers.reached.begin(), answers.reached.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return answers;
}

}  // namespace

std::vector<std::string> target_sentences(const StudyFacts& facts, std::string_view y, std::string_view series,
                                          const std::vector<RunResult>& results) {
  const std::optional<double> target = facts.target(y);
  const auto* kind = std::find_if(kTargetKinds.begin(), kTargetKinds.end(), [&](const auto& k) { return k.y == y; });
  if (!target || kind == kTargetKinds.end()) return {};
  const std::vector<Series> all = largest_only(series_over(results, "workers", series));
  std::vector<std::string> sentences;
  for (const std::string& world : worlds_of(all)) {
    const TargetAnswers answers = answers_in(world, all, y, kind->time_column);
    std::vector<std::string> parts;
    for (const auto& [time_s, label] : answers.reached)
      parts.push_back(fmt::format("{} {}", label, human_quantity(time_s, "s")));
    if (!answers.missed.empty()) parts.push_back(fmt::format("never: {}", fmt::join(answers.missed, ", ")));
    if (!answers.unmeasured.empty())
      parts.push_back(fmt::format("not measured: {}", fmt::join(answers.unmeasured, ", ")));
    sentences.push_back(
        fmt::format("Time to {} {:g} ({}): {}.", field_title(y), *target, world, fmt::join(parts, ", ")));
  }
  return sentences;
}

}  // namespace tandem
