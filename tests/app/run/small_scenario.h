// A scenario file that a run of takes no time, for tests of the program.
#pragma once

#include <string>

namespace tandem {

inline const std::string kSmallScenario = R"(tandem: 1
name: small
question: How long is a short run?
workload:
  model: {name: linear, init: zeros}
  data: {source: synthetic-linear, rows: 100, features: 3, validation: 0.1, shuffle: false}
  batch: {global: 10}
  stop: {steps: 5}
cluster: {workers: 2}
)";

}  // namespace tandem
