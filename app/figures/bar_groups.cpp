#include "app/figures/bar_groups.h"

#include <algorithm>
#include <numeric>

namespace tandem {
namespace {

constexpr double kRoomOfGroup = 0.84;  // the part of the distance from one group to the next
constexpr double kRoomOfBar = 0.9;     // the part of its place that a bar fills

double place(std::size_t slots) { return kRoomOfGroup / static_cast<double>(slots); }

}  // namespace

std::vector<std::string> groups_of(const std::vector<Series>& all) {
  std::vector<const PointRuns*> points;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      const bool is_known =
          std::any_of(points.begin(), points.end(), [&](const PointRuns* p) { return p->x_text == point.x_text; });
      if (!is_known) points.push_back(&point);
    }
  }
  // Texts compare as NaN with everything and keep their order of appearance.
  std::stable_sort(points.begin(), points.end(), [](const PointRuns* a, const PointRuns* b) { return a->x < b->x; });
  std::vector<std::string> groups;
  for (const PointRuns* point : points) groups.push_back(point->x_text);
  return groups;
}

double centre_of_bar(const std::vector<std::string>& groups, const std::string& x_text, std::size_t slot,
                     std::size_t slots) {
  const auto group = std::find(groups.begin(), groups.end(), x_text) - groups.begin();
  const double middle = (static_cast<double>(slot) + kRoomOfBar / 2) * place(slots);
  return static_cast<double>(group) - kRoomOfGroup / 2 + middle;
}

double width_of_bar(std::size_t slots) { return kRoomOfBar * place(slots); }

std::vector<Curve> stacked_bars(const Curve& bar, std::span<const StackPart> parts, const BarPlace& place,
                                const std::vector<PointRuns>& points, bool as_shares,
                                const std::function<std::vector<double>(const PointRuns& point)>& values_of) {
  std::vector<Curve> curves;
  for (const StackPart& part : parts) {
    Curve& curve = curves.emplace_back(bar);
    curve.part = part.name;
    curve.fill = part.shade;
    curve.width = width_of_bar(place.slots);
  }
  for (const PointRuns& point : points) {
    const std::vector<double> values = values_of(point);
    const double whole = std::accumulate(values.begin(), values.end(), 0.0);
    const double scale = as_shares && whole > 0 ? 100 / whole : 1;
    const double centre = centre_of_bar(place.groups, point.x_text, place.slot, place.slots);
    double base = 0;
    for (std::size_t p = 0; p < curves.size(); ++p) {
      const double top = base + values[p] * scale;
      curves[p].data.push_back({.x = centre, .y = top, .base = base, .n = point.runs.size(), .x_text = point.x_text});
      base = top;
    }
  }
  return curves;
}

Axis group_axis(const std::vector<std::string>& groups, const std::string& label) {
  Axis axis{.label = label, .low = -0.6, .high = static_cast<double>(groups.size()) - 0.4, .ticks = {}};
  for (std::size_t g = 0; g < groups.size(); ++g) axis.ticks.emplace_back(static_cast<double>(g), groups[g]);
  return axis;
}

}  // namespace tandem
