// Every input of a study with the evidence for it: what was calibrated, what is published, what the author states, and
// what is only assumed.
#pragma once

#include <string>
#include <vector>

#include "app/scenario/scenario.h"

namespace tandem {

struct Input {
  std::string key;       ///< dotted, as in a scenario
  std::string value;     ///< in YAML's flow form
  std::string kind;      ///< calibrated | published | stated | swept | default
  std::string evidence;  ///< the same for people, with the source
};

/// One for each key of the resolved scenario, in the order of the reference. `text` is that of plan.file, whose keys
/// are stated; `overrides` are the command line's.
std::vector<Input> inputs_of(const Plan& plan, const std::string& text, const std::vector<std::string>& overrides);

}  // namespace tandem
