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

/// What cannot run on its workers has no place in it.
bool can_run(const Strategy& strategy) {
  Scenario scenario = load_plan(kCatalogue).points.front().scenario;
  scenario.strategy = parse_strategy(fmt::format("{{name: {}}}", strategy.name));
  const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
  return !strategy.refusal(make_job(scenario.workload, scenario.strategy, scenario.cluster.workers, 1, &data));
}

TEST(Catalogue, HasEveryEntry) {
  const std::string text = content_of(kCatalogue);
  for (const Strategy& strategy : all_strategies()) {
    if (can_run(strategy)) {
      EXPECT_TRUE(has(text, "name", strategy.name)) << strategy.name;
    }
  }
  for (const Collective& collective : all_collectives()) {
    if (collective.all_reduce) {
      EXPECT_TRUE(has(text, "collective", collective.name)) << collective.name;
    }
  }
  for (const Schedule& schedule : all_schedules()) EXPECT_TRUE(has(text, "schedule", schedule.name)) << schedule.name;
}

TEST(Catalogue, RunsEveryEntryInBothWorldsAndRanksThem) {
  const Table runs = run_scenario("catalogue").runs;
  std::set<std::string> sim, threads;
  for (const Row& run : runs) (run.at("world") == "sim" ? sim : threads).insert(run.at("strategy_label"));
  EXPECT_EQ(sim, threads);
  EXPECT_EQ(sim.size() + threads.size(), runs.size());
  const auto simulated = [&](const std::string& column, const std::string& label) {
    return number(only_row(runs, {{"strategy_label", label}, {"world", "sim"}}), column);
  };
  // The ring and the naive all-reduce send as much, one over all links, the other over rank 0's; period 8 sends an
  // eighth. Tiny vectors want few steps. Sums in another order reach the loss some steps earlier or later, so what all
  // steps take is compared.
  EXPECT_EQ(simulated("bytes_sent", "allreduce naive"), simulated("bytes_sent", "allreduce ring"));
  EXPECT_NEAR(simulated("bytes_sent", "local-sgd ring H=8"), simulated("bytes_sent", "allreduce ring") / 8, 1);
  EXPECT_LT(simulated("step_s", "allreduce recursive-doubling"), simulated("step_s", "allreduce ring"));
  EXPECT_LT(simulated("step_s", "allreduce hierarchical"), simulated("step_s", "allreduce ring"));
  EXPECT_LT(simulated("bytes_to_loss", "local-sgd ring H=8"), simulated("bytes_to_loss", "allreduce ring"));
}

}  // namespace
}  // namespace tandem
