#include "app/figures/positions.h"

#include <algorithm>
#include <cmath>

namespace tandem {

double Positions::of(const std::string& x_text) const {
  return std::find_if(ticks.begin(), ticks.end(), [&](const auto& tick) { return tick.second == x_text; })->first;
}

Positions positions_of(const std::vector<Series>& all) {
  Positions positions;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      positions.is_numeric = positions.is_numeric && !std::isnan(point.x);
      const bool is_known = std::any_of(positions.ticks.begin(), positions.ticks.end(),
                                        [&](const auto& t) { return t.second == point.x_text; });
      if (!is_known) positions.ticks.emplace_back(point.x, point.x_text);
    }
  }
  if (positions.is_numeric) {
    std::sort(positions.ticks.begin(), positions.ticks.end());
  } else {
    for (std::size_t i = 0; i < positions.ticks.size(); ++i) positions.ticks[i].first = static_cast<double>(i + 1);
  }
  return positions;
}

namespace {

/// Leaves out ticks whose texts would run into the one before. A panel is about 80 characters wide, and texts are
/// centred.
void keep_legible(Axis& axis) {
  constexpr double kCharacter = 1.0 / 80;
  const auto place = [&](double at) { return axis.is_logarithmic ? std::log(at) : at; };
  const double low = place(axis.low), width = place(axis.high) - low;
  double taken_to = -1;
  std::erase_if(axis.ticks, [&](const auto& tick) {
    const double half = kCharacter * static_cast<double>(tick.second.size()) / 2,
                 at = (place(tick.first) - low) / width;
    if (at - half < taken_to) return true;
    taken_to = at + half + kCharacter;
    return false;
  });
}

/// The names of categories, cut to the room that each of them has.
void shorten(Axis& axis) {
  constexpr std::size_t kCharacters = 80, kLeast = 8;
  const std::size_t room = std::max(kLeast, kCharacters / axis.ticks.size() - 1);
  for (auto& tick : axis.ticks) {
    std::string& text = tick.second;
    if (text.size() <= room) continue;
    std::size_t kept = room - 3;
    const auto is_inside_character = [&] { return (static_cast<unsigned char>(text[kept]) & 0xC0U) == 0x80U; };
    while (kept > 0 && is_inside_character()) --kept;
    text = text.substr(0, kept) + "...";
  }
}

}  // namespace

Axis x_axis(std::string label, const Positions& positions) {
  const double low = positions.ticks.front().first, high = positions.ticks.back().first;
  Axis axis{.label = std::move(label), .ticks = positions.ticks};
  axis.is_logarithmic = positions.is_numeric && low > 0 && high / low >= 4;
  const double room = high > low ? 0.06 * (high - low) : 1;
  axis.low = axis.is_logarithmic ? low / std::pow(high / low, 0.05) : low - room;
  axis.high = axis.is_logarithmic ? high * std::pow(high / low, 0.05) : high + room;
  while (axis.ticks.size() > 12) {
    std::vector<std::pair<double, std::string>> every_second;
    for (std::size_t i = 0; i < axis.ticks.size(); i += 2) every_second.push_back(axis.ticks[i]);
    axis.ticks = std::move(every_second);
  }
  if (positions.is_numeric) {
    keep_legible(axis);
  } else {
    shorten(axis);
  }
  return axis;
}

}  // namespace tandem
