// Bars in groups: a group for each x, and in it a place for each series.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/figures/chart.h"
#include "app/figures/series.h"

namespace tandem {

/// The x of all points, ascending; texts that are no numbers keep their order of appearance.
std::vector<std::string> groups_of(const std::vector<Series>& all);

/// Where the bar in the slot-th of `slots` places of a group stands, and how wide it is.
double centre_of_bar(const std::vector<std::string>& groups, const std::string& x_text, std::size_t slot,
                     std::size_t slots);
double width_of_bar(std::size_t slots);

/// A part of every bar of a stack.
struct StackPart {
  std::string_view name;
  double shade;  ///< how full the bar's colour is
};

/// Where a series' bars stand: in one of `slots` places of each group.
struct BarPlace {
  const std::vector<std::string>& groups;
  std::size_t slot, slots;
};

/// Stacks a bar for each point: a curve per part, otherwise like `bar`. `values_of` has a value for each part; as
/// shares they become percent of their sum.
std::vector<Curve> stacked_bars(const Curve& bar, std::span<const StackPart> parts, const BarPlace& place,
                                const std::vector<PointRuns>& points, bool as_shares,
                                const std::function<std::vector<double>(const PointRuns& point)>& values_of);

/// An axis with a tick for each group.
Axis group_axis(const std::vector<std::string>& groups, const std::string& label);

}  // namespace tandem
