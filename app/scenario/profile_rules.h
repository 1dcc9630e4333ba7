// Rules that concern several keys of a profile: the model that they describe, and the cost of a sample.
#pragma once

#include <string>
#include <vector>

#include "app/scenario/profiles.h"
#include "app/scenario/scenario_fields.h"
#include "core/config/reader.h"

namespace tandem {

/// At most one of these keys of the map at `path`. Says which one; empty: none of them, or the map is missing. More
/// than one is a mistake, because of `why`.
std::string one_of(const Value& tree, const std::string& path, const std::vector<std::string>& keys,
                   const std::string& why, Reader& reader);

/// The layers of the profile that the map at `path` describes. Measured speeds are of a worker whose host computes
/// `speed_flops_per_s`. Empty after a mistake.
std::vector<ProfileLayer> profile_layers(const ProfileDraft& draft, double speed_flops_per_s, const Value& tree,
                                         const std::string& path, Profiles& profiles, Reader& reader);

}  // namespace tandem
