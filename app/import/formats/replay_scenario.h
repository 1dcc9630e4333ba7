// The scenario that is written beside an imported program, and plays it.
#pragma once

#include <cstddef>
#include <string>

#include "app/import/origin.h"

namespace tandem::formats {

/// `stem`.yaml is the program. `origin` and `about` say where the number of ranks comes from.
std::string replay_scenario(const std::string& stem, std::size_t ranks, Origin origin, const std::string& about);

}  // namespace tandem::formats
