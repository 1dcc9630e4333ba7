#include "app/worlds/worlds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/comm.h"
#include "core/errors.h"

namespace tandem {
namespace {

template <typename Predicate>
const World& first_where(Predicate holds) {
  const auto all = all_worlds();
  const auto found = std::find_if(all.begin(), all.end(), [&](const World* world) { return holds(*world); });
  if (found == all.end()) broken_invariant("a kind of world is missing from all_worlds()");
  return **found;
}

}  // namespace

std::vector<const World*> worlds() {
  std::vector<const World*> built(all_worlds().begin(), all_worlds().end());
  std::erase_if(built, [](const World* world) { return !world->is_in_this_build(); });
  return built;
}

const World* find_world(std::string_view name) {
  const auto all = all_worlds();
  const auto found = std::find_if(all.begin(), all.end(), [&](const World* world) { return world->name == name; });
  return found == all.end() ? nullptr : *found;
}

const World& world_called(std::string_view name) {
  if (const World* world = find_world(name)) return *world;
  throw UsageError(fmt::format("there is no world {}; allowed: {}", name, fmt::join(names_of(all_worlds()), ", ")));
}

const World& world_of_this_build(std::string_view name) {
  const World& world = world_called(name);
  if (world.is_in_this_build()) return world;
  throw UsageError(fmt::format("world {} is not in this build; it has {}", name, fmt::join(names_of(worlds()), ", ")));
}

const World& default_world() { return *all_worlds().front(); }

const World& simulated_world() {
  return first_where([](const World& world) { return world.predicts; });
}

const World& world_of_a_launcher() {
  return first_where([](const World& world) { return world.started_by == StartedBy::launcher; });
}

std::vector<std::string> names_of(std::span<const World* const> worlds) {
  std::vector<std::string> names;
  for (const World* world : worlds) names.emplace_back(world->name);
  return names;
}

std::string worlds_that_honour(Feature feature) {
  std::vector<const World*> able(all_worlds().begin(), all_worlds().end());
  std::erase_if(able, [&](const World* world) { return !world->honours(feature); });
  return fmt::format("{}", fmt::join(names_of(able), ", "));
}

double wait_limit_s(const World& world, double timeout_s) { return world.has_one_clock ? kNoDeadline : timeout_s; }

}  // namespace tandem
