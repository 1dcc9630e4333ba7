// The keys of a slowdown, and the short form of several.
#pragma once

#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/config/fields.h"

namespace tandem {

/// A list of slowdowns; `what` says what `factor` does to them. One with `times` is read as that many, one after the
/// other, each `shift` workers further than the last: "always one slow worker, and never the same for long".
Type<std::vector<Slowdown>> slowdown_list(const std::string& what);

}  // namespace tandem
