// Rules that concern several keys: defaults that depend on other keys, and combinations without a meaning.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/scenario/profiles.h"
#include "app/scenario/program_file.h"
#include "app/scenario/scenario_fields.h"
#include "core/config/reader.h"

namespace tandem {

/// Checks combinations and fills in what depends on them. `tree` is what `draft` was read from: it knows which keys
/// were given, and where. File names become absolute, from `folder`. Mistakes go to `reader`; the result is of use only
/// when there were none.
Scenario resolve(const Draft& draft, const Value& tree, const std::filesystem::path& folder, Profiles& profiles,
                 Programs& programs, Reader& reader);

/// Why this point of a grid cannot be run although each of its values is allowed: an error in a scenario of one run, a
/// skipped point in a grid. Some are known only once data are loaded and a model is made (app/run/prepare.h).
struct Conflict {
  std::string path;  ///< the key that conflicts
  std::string reason;
  std::string allowed = {};  ///< what may stand there instead; may be empty
};
std::optional<Conflict> conflict(const Scenario& scenario);

}  // namespace tandem
