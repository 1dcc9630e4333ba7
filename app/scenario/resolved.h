// A resolved scenario as YAML for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tandem {

/// Mappings in block form down to two levels, what is below in flow form, one key a line. load_plan reads it back.
std::string resolved_text(const nlohmann::ordered_json& scenario, int indent);

}  // namespace tandem
