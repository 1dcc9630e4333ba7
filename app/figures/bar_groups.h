// Bars in groups: a group for each x, and in it a place for each series.
#pragma once

#include <string>
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

/// An axis with a tick for each group.
Axis group_axis(const std::vector<std::string>& groups, const std::string& label);

}  // namespace tandem
