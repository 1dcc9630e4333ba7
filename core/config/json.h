// The JSON that Tandem writes.
#pragma once

#include <nlohmann/json.hpp>

namespace tandem {

/// Keeps the keys of an object in the order in which they were given.
using Json = nlohmann::ordered_json;

}  // namespace tandem
