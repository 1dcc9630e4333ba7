// Scenarios of tests: one run from a text, and the way there and back.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/scenario/loader.h"
#include "app/scenario/scenario_fields.h"

namespace tandem {

inline const std::string kSmallest = R"(tandem: 1
name: small
question: What is the default?
workload: {batch: {global: 64}, stop: {steps: 10}}
)";

/// One run: what the file and the overrides come to.
inline Scenario scenario_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const Plan plan = parse_plan(text, "x.yaml", overrides);
  EXPECT_EQ(plan.points.size(), 1u);
  return plan.points.front().scenario;
}

inline Scenario with_workload(const std::string& lines) {
  return scenario_of("tandem: 1\nname: x\nquestion: x?\nworkload:\n  batch: {global: 64}\n  stop: {steps: 10}\n" +
                     lines);
}

inline void expect_loads_back(const Scenario& scenario) {
  const std::string text = to_json(scenario).dump(2);
  EXPECT_EQ(to_json(scenario_of(text)).dump(2), text);
}

}  // namespace tandem
