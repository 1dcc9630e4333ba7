// Figures as papers want them: PDF, without the title and caption that the paper has itself, and with axes that another
// figure of it shares.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "app/report/draw.h"

namespace tandem {

using AxisRange = std::pair<double, double>;

struct PaperOptions {
  std::optional<AxisRange> x, y;  ///< for every panel, instead of its own
};

/// "0:1e4". Throws UsageError, which names `option`, unless these are two numbers, the lower first.
AxisRange parse_axis_range(const std::string& text, const std::string& option);

/// The chart without its texts. Throws UsageError where a logarithmic axis would begin at 0 or below.
NamedChart for_paper(NamedChart named, const PaperOptions& options);

}  // namespace tandem
