// Figures as papers want them: PDF, without the title and caption that the paper has itself, and with axes that another
// figure of it shares.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/report/draw.h"

namespace tandem {

using AxisRange = std::pair<double, double>;

struct PaperOptions {
  std::string figure;             ///< the only one to draw; empty: all
  std::optional<AxisRange> x, y;  ///< for every panel, instead of its own
};

/// "0:1e4". Throws UsageError, which names `option`, unless these are two numbers, the lower first.
AxisRange parse_axis_range(const std::string& text, const std::string& option);

/// The chart without its texts. Throws UsageError where a logarithmic axis would begin at 0 or below.
NamedChart for_paper(NamedChart named, const PaperOptions& options);

/// Those of a study that are asked for. Throws UsageError where there is no such figure, or where ranges are given for
/// several: what suits one's axes leaves another empty.
std::vector<NamedChart> charts_for_paper(const std::vector<NamedChart>& charts, const PaperOptions& options);

}  // namespace tandem
