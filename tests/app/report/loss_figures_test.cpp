// Losses by step, sample or time.
#include <gtest/gtest.h>

#include "tests/app/report/drawn_figures.h"

namespace tandem {
namespace {

TEST(Figures, AsynchronousStepsAreCountedInSamples) {
  const TemporaryFolder folder;
  RunResult run = made_up_run("ps-async", "threads", 2, 100);
  run.steps = 2;
  run.samples = 128;  // a global batch of 64, 32 per worker
  // Worker 1 is twice as slow; rows come worker by worker.
  run.step_rows = {{0, 0, 1.0, 32, 8}, {1, 0, 2.0, 32, 4}, {0, 1, 2.5, 32, 6}, {1, 1, 5.0, 32, 2}};
  write_figures(plan_with({{"loss"}}), {run}, folder.path());
  // Running mean over 1 step, that is 2 rows.
  EXPECT_EQ(content_of(folder.path() / "loss.csv"),
            "panel,curve,series,world,origin,x,y,n\n1,1,ps-async,threads,measured,0.5,8,1\n"
            "1,1,ps-async,threads,measured,1,6,1\n1,1,ps-async,threads,measured,1.5,5,1\n"
            "1,1,ps-async,threads,measured,2,4,1\n2,2,ps-async,threads,measured,1,8,1\n"
            "2,2,ps-async,threads,measured,2,6,1\n2,2,ps-async,threads,measured,2.5,5,1\n"
            "2,2,ps-async,threads,measured,5,4,1\n");
}

TEST(Figures, ALossFigureAgainstBytesSharesThemAmongSteps) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 1), made_up_run("b", "sim", 1, 1)};
  for (RunResult& run : runs) run.step_rows = {{0, -1, 1.0, 64, 2}, {9, -1, 2.0, 576, 1}};
  runs[1].bytes_sent = 40;
  write_figures(plan_with({{"loss", {{"x", "bytes_sent"}}}}), runs, folder.path());
  EXPECT_EQ(content_of(folder.path() / "loss-by-bytes.csv"),
            "curve,series,world,origin,x,y,n\n1,a,sim,simulated,400,2,1\n1,a,sim,simulated,4000,1,1\n"
            "2,b,sim,simulated,4,2,1\n2,b,sim,simulated,40,1,1\n");
  EXPECT_NE(content_of(folder.path() / "loss-by-bytes.gp").find("set logscale x"), std::string::npos)
      << "they are far apart";
  EXPECT_NE(content_of(folder.path() / "loss-by-bytes.gp").find("vertical maxrows 1 "), std::string::npos)
      << "as many columns as there is room for";
}

TEST(Figures, ALossFigureHasALineAtItsTarget) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{"loss"}, {"loss", {{"y", "validation_loss"}}}});
  plan.points.front().scenario.workload.target.loss = 0.375;
  RunResult run = made_up_run("single", "sim", 1, 100);
  run.step_rows = {{0, -1, 1.0, 64, 1, 1}, {1, -1, 2.0, 64, 0.25, 0.25}};
  write_figures(plan, {run}, folder.path());
  EXPECT_NE(content_of(folder.path() / "loss.gp").find("0.375 with lines"), std::string::npos);
  EXPECT_NE(content_of(folder.path() / "loss.gp").find("title \"target 0.375\""), std::string::npos);
  EXPECT_EQ(content_of(folder.path() / "validation_loss.gp").find("target"), std::string::npos);
}

TEST(Figures, LossOfTheMostWorkersOfEachStrategy) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "sim", 8, 1), made_up_run("a", "sim", 2, 1),
                                 made_up_run("b", "sim", 3, 1)};
  for (RunResult& run : runs) run.step_rows = {{0, -1, 1.0, 64, 0.1 * run.workers}};
  write_figures(plan_with({{"loss"}}), runs, folder.path());
  EXPECT_EQ(content_of(folder.path() / "loss.csv"),
            "panel,curve,series,world,origin,x,y,n\n1,1,a,sim,simulated,1,0.8,1\n"
            "1,2,b,sim,simulated,1,0.30000000000000004,1\n2,3,a,sim,simulated,1,0.8,1\n"
            "2,4,b,sim,simulated,1,0.30000000000000004,1\n");
  EXPECT_NE(caption_of(folder.path() / "loss.gp").find("the most workers each ran with (a 8, b 3)"), std::string::npos);
}

TEST(Figures, ADivergedLossIsCutOffAndNamed) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 1), made_up_run("b", "sim", 1, 1)};
  runs[0].step_rows = {{0, -1, 1, 64, 2}, {1, -1, 2, 64, 1}};
  runs[1].step_rows = {{0, -1, 1, 64, 2}, {1, -1, 2, 64, 1e30}, {2, -1, 3, 64, kNotMeasured}};
  runs[1].train_loss = kNotMeasured;
  write_figures(plan_with({{"loss"}}), runs, folder.path());
  EXPECT_EQ(content_of(folder.path() / "loss.csv"),
            "panel,curve,series,world,origin,x,y,n\n1,1,a,sim,simulated,1,2,1\n1,1,a,sim,simulated,2,1,1\n"
            "1,2,b,sim,simulated,1,2,1\n2,3,a,sim,simulated,1,2,1\n2,3,a,sim,simulated,2,1,1\n"
            "2,4,b,sim,simulated,1,2,1\n");
  EXPECT_TRUE(caption_of(folder.path() / "loss.gp").ends_with("Diverged, cut off there: b (sim)."));
}

}  // namespace
}  // namespace tandem
