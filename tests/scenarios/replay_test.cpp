// The claim of scenarios/replay.yaml.
#include <gtest/gtest.h>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

TEST(Replay, ATraceTakesAsLongOnEachNetworkAsThePipelineThatItIsOf) {
  const std::string key = "cluster.network.bandwidth";
  const Table replays = run_scenario("replay").runs;
  const Table pipelines =
      run_scenario("pipeline",
                   {"sweep.grid.cluster.workers=[4]", "sweep.grid.strategy.microbatches=[8]",
                    "sweep.grid." + key + "=[100Mbit/s, 1Gbit/s, 10Gbit/s, 100Gbit/s]", "workload.stop.steps=1"})
          .runs;
  ASSERT_EQ(replays.size(), 4u);
  for (const Row& replay : replays) {
    const Row& pipeline = only_row(pipelines, {{key, replay.at(key)}});
    EXPECT_EQ(replay.at("messages_sent"), pipeline.at("messages_sent"));
    EXPECT_EQ(replay.at("bytes_sent"), pipeline.at("bytes_sent"));
    // Chakra's times are whole microseconds, and what one computation rounds off, a later one gets.
    EXPECT_NEAR(number(replay, "step_s"), number(pipeline, "step_s"), 2e-6) << replay.at(key);
  }
}

}  // namespace
}  // namespace tandem
