#include "app/report/table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

std::vector<RunResult> two_strategies() {
  std::vector<RunResult> runs = {
      made_up_run("allreduce ring", "sim", 1, 100), made_up_run("allreduce ring", "sim", 2, 180),
      made_up_run("ps-async s=3", "sim", 1, 100), made_up_run("ps-async s=3", "sim", 2, 12345)};
  runs[3].mean_staleness = 1;
  runs[3].validation_accuracy = 0.8765;
  return runs;
}

TEST(Table, IsAlignedAndLeavesOutWhatSaysNothing) {
  EXPECT_EQ(
      results_table(made_up_plan(), two_strategies()),
      "made-up: strong scaling, global batch 64; in sim; simulated network: neutral; medians, n = 1 run a point\n"
      "\n"
      "strategy        workers  samples/s  step time  speed-up  comm.  bytes/step  train loss  accuracy  staleness  "
      "sha256\n"
      "allreduce ring        1        100     640 ms     1.00x   25 %       400 B        0.25         -          -  "
      "01234567\n"
      "allreduce ring        2        180     356 ms     1.80x   25 %       400 B        0.25         -          -  "
      "01234567\n"
      "ps-async s=3          1        100     640 ms     1.00x   25 %       400 B        0.25         -          -  "
      "01234567\n"
      "ps-async s=3          2      12.3k    5.18 ms   123.45x   25 %       400 B        0.25    0.8765       1.00  "
      "01234567\n");
}

TEST(Table, ShowsTheWorldWhereItVariesAndMediansOfRepeats) {
  std::vector<RunResult> runs = {made_up_run("single", "tcp", 1, 10, 0), made_up_run("single", "tcp", 1, 1000, 1),
                                 made_up_run("single", "tcp", 1, 20, 2), made_up_run("single", "sim", 1, 50)};
  runs[1].parameters_sha256 = "other bits";
  EXPECT_EQ(results_table(made_up_plan(), runs),
            "made-up: strong scaling, global batch 64; in tcp, sim; simulated network: neutral; medians, "
            "n = 1 (sim), 3 (tcp) runs a point\n"
            "\n"
            "strategy  world  workers  samples/s  step time  comm.  bytes/step  train loss  sha256\n"
            "single    tcp          1       20.0     3.20 s   25 %       400 B        0.25  differ\n"
            "single    sim          1       50.0     1.28 s   25 %       400 B        0.25  01234567\n");
}

TEST(Table, ADivergedLossIsNoDash) {
  std::vector<RunResult> runs = {made_up_run("ps-async", "sim", 2, 64, 0), made_up_run("ps-async", "sim", 2, 64, 1)};
  runs[1].train_loss = INFINITY;
  EXPECT_NE(results_table(made_up_plan(), runs).find("  diverged  "), std::string::npos);
  runs[1].train_loss = 0.5;
  EXPECT_EQ(results_table(made_up_plan(), runs).find("diverged"), std::string::npos);
}

TEST(Table, IsEmptyWithoutAResult) {
  EXPECT_EQ(results_table(made_up_plan(), {}), "");
  RunResult failed = made_up_run("single", "sim", 1, 1);
  failed.failure = "died";
  EXPECT_EQ(results_table(made_up_plan(), {failed}), "");
}

TEST(Answer, NamesWhatWasNotRunWhatWentWrongAndTheFiles) {
  Plan plan = made_up_plan();
  Point skipped;
  skipped.factors = {{"strategy", "pipeline m=8"}, {"cluster.workers", "8"}};
  skipped.skipped = "8 stages, but the model has 3 layers";
  plan.points.push_back(skipped);
  RunResult failed = made_up_run("ps-sync", "tcp", 2, 1);
  failed.failure = "rank 1 died";
  EXPECT_EQ(answer_text(plan, {failed}, {"results/made-up/runs.csv"}, {"gnuplot was not found"}),
            "Does a made-up strategy scale?\n"
            "\n"
            "skipped: strategy pipeline m=8, workers 8: 8 stages, but the model has 3 layers\n"
            "failed: strategy ps-sync, workers 2, world tcp, repeat 0: rank 1 died\n"
            "\n"
            "note: gnuplot was not found\n"
            "\n"
            "written:\n  results/made-up/runs.csv\n");
}

TEST(Answer, HasEscapesOnlyWhereColourIsWanted) {
  const std::string plain = answer_text(made_up_plan(), two_strategies(), {}, {});
  const std::string coloured = answer_text(made_up_plan(), two_strategies(), {}, {}, {.colour = true});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[1mstrategy"), std::string::npos);
}

}  // namespace
}  // namespace tandem
