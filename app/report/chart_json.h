// A chart as JSON: what the report's page draws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// The fields are those of `Chart` in web/src/study.ts. Numbers that are none are null.
nlohmann::ordered_json chart_json(const Chart& chart, const std::string& name);

}  // namespace tandem
