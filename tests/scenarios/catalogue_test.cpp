// The catalogue has every entry of the registries, and its report ranks them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "algorithms/collectives/collective.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/strategy.h"
#include "app/scenario/loader.h"
#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

constexpr const char* kCatalogue = TANDEM_SOURCE_DIR "/scenarios/catalogue.yaml";

/// Whether an entry stands there as `key: name`.
bool has(const std::string& text, const std::string& key, std::string_view name) {
  for (const char* end : {",", "}"}) {
    if (text.find(fmt::format("{}: {}{}", key, name, end)) != std::string::npos) return true;
  }
  return false;
}

TEST(Catalogue, HasEveryCollective) {
  const std::string text = content_of(kCatalogue);
  for (const Collective& collective : all_collectives()) {
    if (!collective.all_reduce) continue;
    EXPECT_TRUE(has(text, "collective", collective.name)) << collective.name;
  }
}

}  // namespace
}  // namespace tandem
