#include "app/report/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/report/quantity.h"
#include "app/report/series.h"
#include "app/store/columns.h"
#include "app/store/target.h"

namespace tandem {
namespace {

const TargetKind* kind_of(std::string_view y) {
  const auto* found = std::find_if(kTargetKinds.begin(), kTargetKinds.end(), [&](const auto& k) { return k.y == y; });
  return found == kTargetKinds.end() ? nullptr : found;
}

}  // namespace

std::optional<double> target_of(const Plan& plan, std::string_view y) {
  const TargetKind* kind = kind_of(y);
  if (kind == nullptr || plan.points.empty()) return std::nullopt;
  const auto value_at = [&](const Point& point) { return target_value(point.scenario.workload, *kind); };
  const std::optional<double> first = value_at(plan.points.front());
  const bool is_same =
      std::all_of(plan.points.begin(), plan.points.end(), [&](const Point& point) { return value_at(point) == first; });
  return is_same ? first : std::nullopt;
}

std::vector<std::string> target_sentences(const Plan& plan, std::string_view y, std::string_view series,
                                          const std::vector<RunResult>& results) {
  const std::optional<double> target = target_of(plan, y);
  if (!target) return {};
  const std::vector<Series> all = largest_only(series_over(results, "workers", series));
  std::vector<std::string> sentences;
  for (const std::string& world : worlds_of(all)) {
    std::vector<std::pair<double, std::string>> reached;
    std::vector<std::string> missed;
    for (const Series& curve : all) {
      if (curve.world != world) continue;
      const PointRuns& point = curve.points.back();
      const Spread time_s = point.spread(kind_of(y)->time_column);
      if (time_s.n == point.runs.size()) {
        reached.emplace_back(time_s.median, curve.label);
      } else {
        missed.push_back(time_s.n == 0 ? curve.label
                                       : fmt::format("{} in {} of {} runs", curve.label, point.runs.size() - time_s.n,
                                                     point.runs.size()));
      }
    }
    std::stable_sort(reached.begin(), reached.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> parts;
    for (const auto& [time_s, label] : reached) {
      parts.push_back(fmt::format("{} {}", label, human_quantity(time_s, "s")));
    }
    if (!missed.empty()) parts.push_back(fmt::format("never: {}", fmt::join(missed, ", ")));
    sentences.push_back(
        fmt::format("Time to {} {:g} ({}): {}.", field_title(y), *target, world, fmt::join(parts, ", ")));
  }
  return sentences;
}

}  // namespace tandem
