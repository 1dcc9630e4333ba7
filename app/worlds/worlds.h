// The worlds by name; core/world.h describes what each can do.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/world.h"

namespace tandem {

/// All worlds, in the order of the documentation, also those that are not in this build.
std::span<const World* const> all_worlds();
/// Those of this build.
std::vector<const World*> worlds();

/// Null if no world has this name.
const World* find_world(std::string_view name);
/// Throws UsageError, with the names of all worlds, if no world has this name.
const World& world_called(std::string_view name);
/// The same, of this build.
const World& world_of_this_build(std::string_view name);

/// The world of a scenario that names none.
const World& default_world();
/// The world that predicts.
const World& simulated_world();

/// The world whose processes a launcher starts.
const World& world_of_a_launcher();

std::vector<std::string> names_of(std::span<const World* const> worlds);
/// "sim", or several names joined by commas: for messages that say which world can do what the scenario asks.
std::string worlds_that_honour(Feature feature);

/// The time limit of a wait in this world. There is none in simulated time, because a deadlock is noticed at once.
double wait_limit_s(const World& world, double timeout_s);

}  // namespace tandem
