// YAML that a tool wrote: larger than what a person writes by hand.
#pragma once

#include <cstddef>

#include "core/config/document.h"

namespace tandem {

/// As parse_yaml, with up to `most_values` values. yaml-cpp takes about 1 KiB for each while it parses.
Value parse_large_yaml(const Source& source, std::size_t most_values, Diagnostics& diagnostics);

}  // namespace tandem
