#include "app/report/paper.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdlib>

#include "core/errors.h"

namespace tandem {
namespace {

void set_range(Axis& axis, const std::optional<AxisRange>& range, const std::string& figure) {
  if (!range) return;
  if (axis.is_logarithmic && range->first <= 0)
    throw UsageError(fmt::format("figure {}: a logarithmic axis cannot begin at {:g}", figure, range->first));
  axis.low = range->first;
  axis.high = range->second;
}

}  // namespace

AxisRange parse_axis_range(const std::string& text, const std::string& option) {
  char* colon = nullptr;
  const double low = std::strtod(text.c_str(), &colon);
  char* end = colon;
  const double high = *colon == ':' ? std::strtod(colon + 1, &end) : NAN;
  const bool is_range = colon != text.c_str() && *colon == ':' && end != colon + 1 && *end == '\0';
  if (!is_range || !std::isfinite(low) || !std::isfinite(high) || low >= high)
    throw UsageError(fmt::format("{}: \"{}\" is not LOW:HIGH, such as 0:5000", option, text));
  return {low, high};
}

NamedChart for_paper(NamedChart named, const PaperOptions& options) {
  named.chart.title.clear();
  named.chart.caption.clear();
  for (Panel& panel : named.chart.panels) {
    set_range(panel.x, options.x, named.name);
    set_range(panel.y, options.y, named.name);
  }
  return named;
}

std::vector<NamedChart> charts_for_paper(const std::vector<NamedChart>& charts, const PaperOptions& options) {
  std::vector<NamedChart> wanted;
  std::vector<std::string> names;
  for (const NamedChart& named : charts) {
    if (!named.chart.nothing.empty()) continue;
    names.push_back(named.name);
    if (options.figure.empty() || named.name == options.figure) wanted.push_back(for_paper(named, options));
    if ((options.x || options.y) && wanted.size() > 1)
      throw UsageError(fmt::format(
          "an axis range is for one figure: add --figure {}, or another of the study's figures", names.front()));
  }
  if (wanted.empty() && !options.figure.empty())
    throw UsageError(fmt::format("--figure \"{}\": the study has no such figure; it has: {}", options.figure,
                                 fmt::join(names, ", ")));
  return wanted;
}

}  // namespace tandem
