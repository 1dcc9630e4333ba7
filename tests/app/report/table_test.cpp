#include "app/report/table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "app/report/study_facts.h"
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

std::string table_of(const std::vector<RunResult>& runs, const TableStyle& style = {}) {
  return results_table(study_facts(made_up_plan(), runs), runs, style);
}

TEST(Table, IsAlignedAndLeavesOutWhatSaysNothing) {
  EXPECT_EQ(
      table_of(two_strategies()),
      "made-up: strong scaling, global batch 64; in sim; simulated network: neutral; medians, n = 1 run per point\n"
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
      "01234567\n"
      "\nSpeed-up: against allreduce ring with 1 worker (sim).\n");
}

TEST(Table, ShowsTheWorldWhereItVariesAndMediansOfRepeats) {
  std::vector<RunResult> runs = {made_up_run("single", "tcp", 1, 10, 0), made_up_run("single", "tcp", 1, 1000, 1),
                                 made_up_run("single", "tcp", 1, 20, 2), made_up_run("single", "sim", 1, 50)};
  runs[1].parameters_sha256 = "other bits";
  EXPECT_EQ(table_of(runs),
            "made-up: strong scaling, global batch 64; in tcp, sim; simulated network: neutral; medians, n = 1 (sim), "
            "3 (tcp) runs per point\n"
            "\n"
            "strategy  world  workers  samples/s  step time  comm.  bytes/step  train loss  sha256\n"
            "single    tcp          1       20.0     3.20 s   25 %       400 B        0.25  differ\n"
            "single    sim          1       50.0     1.28 s   25 %       400 B        0.25  01234567\n");
}

TEST(Table, SpeedUpsOfAllStrategiesHaveOneBaseline) {
  const std::string text = table_of({made_up_run("ps-sync", "sim", 1, 80), made_up_run("ps-sync", "sim", 4, 320),
                                     made_up_run("ring", "sim", 1, 100), made_up_run("ring", "sim", 4, 350)});
  for (const char* cell : {"0.80x", "3.20x", "1.00x", "3.50x"}) EXPECT_NE(text.find(cell), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("Speed-up: against ring with 1 worker (sim).\n")) << text;
}

TEST(Table, CommunicationIsThatOfTheRanksThatTrain) {
  RunResult run = made_up_run("ps-sync", "sim", 2, 64);  // 10 s
  run.rank_rows = {{0, "worker", 9, 1, 0, {}}, {1, "worker", 9, 1, 0, {}}, {2, "server", 0, 8, 2, {}}};
  EXPECT_NE(table_of({run}).find("   10 %  "), std::string::npos) << table_of({run});
}

TEST(Table, TellsWhatFailuresCost) {
  std::vector<RunResult> runs = {made_up_run("single", "sim", 1, 100), made_up_run("ring", "sim", 1, 100)};
  EXPECT_EQ(table_of(runs).find("goodput"), std::string::npos) << "nothing has failed";
  runs[0].failures = 3;
  runs[0].lost_steps = 41;
  runs[0].goodput = 0.875;
  const std::string text = table_of(runs);
  for (const char* heading : {"  failures  ", "  lost steps  ", "  goodput  "})
    EXPECT_NE(text.find(heading), std::string::npos) << text;
  EXPECT_NE(text.find("       3          41   87.5 %"), std::string::npos) << text;
  EXPECT_NE(text.find("       -           -        -"), std::string::npos) << text;
}

TEST(TextTable, IsCutIntoBlocksThatFit) {
  TextTable table;
  table.add_column("name", TextTable::Kind::text, {"a", "bb"});
  table.add_column("first", TextTable::Kind::number, {"1", "22"});
  table.add_column("second", TextTable::Kind::number, {"333", "µ"});
  EXPECT_EQ(table.text(), "name  first  second\na         1     333\nbb       22       µ\n");
  EXPECT_EQ(table.text({.columns = 12}),
            "name  first\na         1\nbb       22\n\nname  second\na        333\nbb         µ\n");
  EXPECT_EQ(table.text({.columns = 3}), table.text({.columns = 12})) << "a column that is too wide stands alone";
  EXPECT_EQ(TextTable().text(), "");
}

TEST(Table, ADivergedLossIsNoDash) {
  std::vector<RunResult> runs = {made_up_run("ps-async", "sim", 2, 64, 0), made_up_run("ps-async", "sim", 2, 64, 1)};
  runs[1].train_loss = INFINITY;
  EXPECT_NE(table_of(runs).find("  diverged  "), std::string::npos);
  runs[1].train_loss = 0.5;
  EXPECT_EQ(table_of(runs).find("diverged"), std::string::npos);
}

TEST(Table, IsEmptyWithoutAResult) {
  EXPECT_EQ(table_of({}), "");
  RunResult failed = made_up_run("single", "sim", 1, 1);
  failed.failure = "died";
  EXPECT_EQ(table_of({failed}), "");
}

TEST(Answer, NamesWhatWasNotRunWhatWentWrongAndTheFiles) {
  Plan plan = made_up_plan();
  Point skipped;
  skipped.factors = {{"strategy", "pipeline m=8"}, {"cluster.workers", "8"}};
  skipped.skipped = "8 stages, but the model has 3 layers";
  plan.points.push_back(skipped);
  RunResult failed = made_up_run("ps-sync", "tcp", 2, 1);
  failed.failure = "rank 1 died";
  EXPECT_EQ(
      answer_text(plan, study_facts(plan, {failed}), {failed}, {"results/made-up/runs.csv"}, {"gnuplot was not found"}),
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
  const std::string plain =
      answer_text(made_up_plan(), study_facts(made_up_plan(), two_strategies()), two_strategies(), {}, {});
  const std::string coloured = answer_text(made_up_plan(), study_facts(made_up_plan(), two_strategies()),
                                           two_strategies(), {}, {}, {.colour = true});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[1mstrategy"), std::string::npos);
}

}  // namespace
}  // namespace tandem
