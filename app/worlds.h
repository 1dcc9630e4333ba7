// The worlds of this build, in the order of the documentation.
#pragma once

#include <span>
#include <string_view>

#include "core/world.h"

namespace tandem {

std::span<const World* const> worlds();
/// Null for a name that is no world of this build.
const World* find_world(std::string_view name);
bool is_simulated(const World& world);
/// How long a wait may last there. In simulated time for ever: that nobody can go on is seen at once.
double wait_limit_s(const World& world, double timeout_s);

}  // namespace tandem
