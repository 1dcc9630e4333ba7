// The files of scenarios/profiles, which the build embeds in the program, so that a name works in any folder and on any
// host.
#pragma once

#include <span>
#include <string_view>

namespace tandem {

struct ShippedProfile {
  std::string_view name;
  std::string_view text;  ///< what scenarios/profiles/NAME.yaml holds
};

std::span<const ShippedProfile> shipped_profiles();

}  // namespace tandem
