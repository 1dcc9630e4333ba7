// The worlds by name. What one can do is in its description, see core/world.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/world.h"

namespace tandem {

/// All that there are, in the order of the documentation; see World::is_in_this_build.
std::span<const World* const> all_worlds();
/// Those of this build.
std::vector<const World*> worlds();

/// Null for a name that is no world's.
const World* find_world(std::string_view name);
/// Throws UsageError for a name that is no world's, and says which worlds there are.
const World& world_called(std::string_view name);
/// The same, of this build.
const World& world_of_this_build(std::string_view name);

/// The world of a scenario that names none.
const World& default_world();
/// The one that predicts.
const World& simulated_world();

/// The one whose processes a launcher starts.
const World& world_of_a_launcher();

std::vector<std::string> names_of(std::span<const World* const> worlds);
/// "sim", or several names joined by commas: for messages that say which world can do what the scenario asks.
std::string worlds_that_honour(Feature feature);

/// How long a wait may last there. In simulated time for ever: that nobody can go on is noticed at once.
double wait_limit_s(const World& world, double timeout_s);

}  // namespace tandem
