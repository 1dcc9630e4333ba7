// The worlds of this build, in the order of the documentation.
#pragma once

#include <span>
#include <string_view>

#include "core/world.h"

namespace tandem {

std::span<const World* const> worlds();
/// Null for a name that is no world of this build.
const World* find_world(std::string_view name);

}  // namespace tandem
