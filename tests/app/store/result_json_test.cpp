#include <gtest/gtest.h>

#include <cmath>

#include "app/store/columns.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(ResultJson, ReadsBackTheSameRow) {
  RunResult run = made_up_run("ps-async s=3", "sim", 5, 64);
  run.factors.emplace_back("strategy.staleness", "3");
  run.seed = 0xffffffffffffffffULL;
  run.time_s = 1.0 / 3;
  run.mean_staleness = 4;
  run.weights_error = 1e-300;
  run.event_digest = "digest";
  run.failure = "";
  run.staleness_counts = {{4, 10}};
  const RunResult back = run_result_from_json(nlohmann::ordered_json::parse(to_json(run).dump()));
  EXPECT_EQ(runs_csv({back}), runs_csv({run}));
  EXPECT_EQ(back.factors, run.factors);
  EXPECT_EQ(back.time_s, run.time_s);
  EXPECT_EQ(back.staleness_counts, run.staleness_counts);
}

TEST(ResultJson, NotMeasuredIsNullAndADivergedLossStays) {
  RunResult run = made_up_run("allreduce ring", "sim", 5, 64);
  run.train_loss = INFINITY;
  const nlohmann::ordered_json json = to_json(run);
  EXPECT_TRUE(json.at("validation_loss").is_null());
  const RunResult back = run_result_from_json(nlohmann::ordered_json::parse(json.dump()));
  EXPECT_TRUE(std::isnan(back.validation_loss));
  EXPECT_EQ(back.train_loss, INFINITY);
}

}  // namespace
}  // namespace tandem
