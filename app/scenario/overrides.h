// `-s key=value`: changes that the command line makes to a scenario before it is read.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/config/document.h"
#include "core/config/reader.h"

namespace tandem {

/// Puts each override in its place. `sources` keeps their texts, which positions point into. An override of a swept
/// key becomes the only value of its factor.
void apply_overrides(const std::vector<std::string>& overrides, std::deque<Source>& sources, Value& root,
                     Diagnostics& diagnostics);

}  // namespace tandem
