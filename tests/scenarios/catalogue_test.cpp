// The catalogue has every entry of the registries, and its report ranks them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "algorithms/codecs/codec.h"
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
  for (const Codec& codec : all_codecs()) {
    EXPECT_TRUE(has(text, "codec", codec.name) || has(text, "codec: {name", codec.name)) << codec.name;
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
  // Halves are half of it, and as good.
  EXPECT_EQ(simulated("bytes_sent", "allreduce ring fp16"), simulated("bytes_sent", "allreduce ring") / 2);
  EXPECT_LT(simulated("bytes_to_loss", "allreduce ring fp16"), simulated("bytes_to_loss", "allreduce ring") * 0.6);
}

TEST(ServerPlacements, ServersOnAllHostsBeatThoseOnTheirOwnAndARing) {
  const Table runs = run_scenario("server-placements").runs;
  EXPECT_EQ(runs.size(), 8u);
  constexpr double kWorkers = 8, kLayers = 64, kAll_s = 4e8 / 1.25e9;  // all parameters over one link
  for (const double servers : {1, 2, 4, 7}) {
    const auto step_s = [&](const char* placement) {
      const Row where{{"strategy.servers", fmt::format("{:g}", servers)}, {"strategy.placement", placement}};
      return number(only_row(runs, where), "step_s");
    };
    const double dedicated_s = kWorkers / servers * kAll_s;
    const double mixed_s =
        kWorkers * 2 * (kWorkers - 1) * kAll_s / (kWorkers * kWorkers + servers * kWorkers - 2 * servers);
    EXPECT_GE(step_s("mixed"), mixed_s);
    // A layer's pulls follow its pushes; and a worker's flows share its link fairly, so that many small ones hold up
    // the large ones, to servers on their own hosts, for a while.
    EXPECT_LT(step_s("mixed"), (servers == 1 ? 1 + 2 / kLayers : 1.25) * mixed_s) << servers;
    EXPECT_LT(step_s("mixed"), 2 * (kWorkers - 1) / kWorkers * kAll_s) << "a ring";
    EXPECT_GE(step_s("dedicated"), dedicated_s);
    EXPECT_LT(step_s("mixed"), 0.95 * step_s("dedicated")) << servers;
  }
}

}  // namespace
}  // namespace tandem
