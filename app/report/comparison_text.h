// The errors of predictions, as a table for people and as CSV.
#pragma once

#include <string>

#include "app/figures/prediction.h"
#include "app/report/text_table.h"

namespace tandem {

/// A row per point, then a summary.
std::string comparison_text(const Comparison& comparison, const std::string& x, const TableStyle& style);
std::string comparison_csv(const Comparison& comparison, const std::string& x);

}  // namespace tandem
