#include "app/report/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

std::vector<RunResult> a_study() {
  std::vector<RunResult> runs;
  for (const char* label : {"allreduce ring", "ps-async s=3"}) {
    for (const char* world : {"sim", "threads"}) {
      for (const int workers : {1, 2, 3, 8}) {
        for (int repeat = 0; repeat < (std::string(world) == "sim" ? 1 : 3); ++repeat) {
          RunResult run = made_up_run(label, world, workers, 100 * std::sqrt(workers) + repeat, repeat);
          const bool is_async = run.strategy == "ps-async";
          for (std::size_t step = 0; step < 10; ++step) {
            run.step_rows.push_back({step, is_async ? 0 : -1, 0.1 * static_cast<double>(step + 1), 64,
                                     2.0 / static_cast<double>(step + 1)});
          }
          if (is_async) run.staleness_counts = {{0, 1}, {2, 3}};
          runs.push_back(run);
        }
      }
    }
  }
  return runs;
}

Plan plan_with(std::vector<FigureSpec> figures) {
  Plan plan = made_up_plan();
  plan.figures = std::move(figures);
  return plan;
}

/// A PNG of 900 x 600 that is nothing but white takes 2 to 3 kB.
constexpr std::size_t kBlankBytes = 8000;

/// The caption's lines in one.
std::string caption_of(const std::filesystem::path& script) {
  static const std::regex kLine("set label [0-9]+ \"(.*)\" at screen .*caption_pt");
  const std::string text = content_of(script);
  std::string caption;
  for (std::sregex_iterator line(text.begin(), text.end(), kLine), end; line != end; ++line) {
    caption += (caption.empty() ? "" : " ") + (*line)[1].str();
  }
  return caption;
}

class Drawn : public testing::TestWithParam<std::string> {};

TEST_P(Drawn, AsSvgAndPngBesideScriptAndData) {
  const TemporaryFolder folder;
  const FigureReport report =
      write_figures(plan_with({{.figure = GetParam(), .ideal = true}}), a_study(), folder.path() / "figures");
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  ASSERT_EQ(report.files.size(), 4U);
  const auto figure = folder.path() / "figures" / GetParam();
  const std::string png = content_of(figure.string() + ".png"), svg = content_of(figure.string() + ".svg");
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_GT(png.size(), kBlankBytes);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
  EXPECT_NE(svg.find("Does a made-up strategy scale?"), std::string::npos);
  const std::string caption = caption_of(figure.string() + ".gp");
  EXPECT_TRUE(caption.starts_with("made-up: strong scaling, global batch 64; simulated network: neutral. ")) << caption;
  // The loss of single runs has neither median nor spread.
  const char* how_many =
      GetParam() == "loss" ? "the first run with 8 workers" : "n = 1 (sim), 3 (threads) runs a point";
  EXPECT_NE(caption.find(how_many), std::string::npos) << caption;
}

INSTANTIATE_TEST_SUITE_P(Figures, Drawn, testing::Values("scaling", "breakdown", "loss", "staleness"),
                         [](const auto& test) { return test.param; });

TEST(Figures, AnEmptyPlanDrawsNothing) {
  const TemporaryFolder folder;
  const FigureReport report = write_figures(plan_with({}), a_study(), folder.path() / "figures");
  EXPECT_TRUE(report.files.empty());
  EXPECT_TRUE(report.notes.empty());
}

TEST(Figures, OneRunIsEnough) {
  const TemporaryFolder folder;
  const FigureReport report = write_figures(plan_with({{.figure = "scaling", .ideal = true}, {.figure = "breakdown"}}),
                                            {made_up_run("single", "threads", 1, 100)}, folder.path());
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  EXPECT_EQ(report.files.size(), 8U);
}

TEST(Figures, NothingToDrawIsANote) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("single", "threads", 1, 100)};
  const FigureReport report = write_figures(
      plan_with({{.figure = "staleness"}, {.figure = "loss"}, {.figure = "scaling", .y = "mean_staleness"}}), runs,
      folder.path());
  EXPECT_EQ(report.notes,
            (std::vector<std::string>{"figure staleness: no run recorded staleness",
                                      "figure loss: no run recorded train_loss by step",
                                      "figure mean_staleness-by-workers: no run has both workers and mean_staleness"}));
  EXPECT_TRUE(report.files.empty());
}

TEST(Figures, ScalingDataAreMediansWithTheirRange) {
  const TemporaryFolder folder;
  write_figures(plan_with({{.figure = "scaling"}}),
                {made_up_run("single", "threads", 1, 10, 0), made_up_run("single", "threads", 1, 30, 1),
                 made_up_run("single", "threads", 1, 15, 2)},
                folder.path());
  EXPECT_EQ(content_of(folder.path() / "scaling.csv"),
            "curve,series,world,x,x_text,median,low,high,n\n1,single,threads,1,1,15,10,30,3\n");
}

TEST(Figures, TheIdealLeavesFromTheFastestAtTheSmallestX) {
  const TemporaryFolder folder;
  write_figures(plan_with({{.figure = "scaling", .ideal = true}, {.figure = "scaling", .y = "step_s", .ideal = true}}),
                {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 250), made_up_run("b", "sim", 1, 128)},
                folder.path());
  EXPECT_NE(content_of(folder.path() / "scaling.csv").find("3,ideal,sim,4,4,512,,,0\n"), std::string::npos);
  EXPECT_NE(content_of(folder.path() / "step_s-by-workers.csv").find("3,ideal,sim,4,4,0.125,,,0\n"), std::string::npos);
}

TEST(Figures, FailedAndSkippedPointsAreCountedNotDrawn) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{.figure = "scaling"}});
  Point skipped;
  skipped.factors = {{"strategy", "pipeline m=8"}, {"cluster.workers", "8"}};
  skipped.skipped = "too many stages";
  plan.points.push_back(skipped);
  std::vector<RunResult> runs = {made_up_run("single", "threads", 1, 100), made_up_run("ps-sync", "threads", 2, 100)};
  runs[1].failure = "died";
  write_figures(plan, runs, folder.path());
  EXPECT_EQ(content_of(folder.path() / "scaling.csv").find("ps-sync"), std::string::npos);
  EXPECT_TRUE(
      caption_of(folder.path() / "scaling.gp")
          .ends_with(
              "Not plotted: 1 skipped point (pipeline m=8 workers 8), 1 failed run (ps-sync workers 2 threads)."));
}

TEST(Figures, AsynchronousStepsAreCountedInSamples) {
  const TemporaryFolder folder;
  RunResult run = made_up_run("ps-async", "threads", 2, 100);
  run.steps = 2;
  run.samples = 128;  // a global batch of 64, 32 a worker
  // Worker 1 is twice as slow; rows come worker by worker.
  run.step_rows = {{0, 0, 1.0, 32, 8}, {1, 0, 2.0, 32, 4}, {0, 1, 2.5, 32, 6}, {1, 1, 5.0, 32, 2}};
  write_figures(plan_with({{.figure = "loss"}}), {run}, folder.path());
  // Running mean over 1 step, that is 2 rows.
  EXPECT_EQ(
      content_of(folder.path() / "loss.csv"),
      "curve,series,world,workers,step,time_s,train_loss\n1,ps-async,threads,2,0.5,1,8\n1,ps-async,threads,2,1,2,6\n"
      "1,ps-async,threads,2,1.5,2.5,5\n1,ps-async,threads,2,2,5,4\n");
}

TEST(Figures, LossOfTheMostWorkersOfEachStrategy) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "sim", 8, 1), made_up_run("a", "sim", 2, 1),
                                 made_up_run("b", "sim", 3, 1)};
  for (RunResult& run : runs) run.step_rows = {{0, -1, 1.0, 64, 0.1 * run.workers}};
  write_figures(plan_with({{.figure = "loss"}}), runs, folder.path());
  EXPECT_EQ(
      content_of(folder.path() / "loss.csv"),
      "curve,series,world,workers,step,time_s,train_loss\n1,a,sim,8,1,1,0.8\n2,b,sim,3,1,1,0.30000000000000004\n");
}

TEST(Figures, ADivergedLossIsCutOffAndNamed) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 1), made_up_run("b", "sim", 1, 1)};
  runs[0].step_rows = {{0, -1, 1, 64, 2}, {1, -1, 2, 64, 1}};
  runs[1].step_rows = {{0, -1, 1, 64, 2}, {1, -1, 2, 64, 1e30}, {2, -1, 3, 64, kNotMeasured}};
  runs[1].train_loss = kNotMeasured;
  write_figures(plan_with({{.figure = "loss"}}), runs, folder.path());
  EXPECT_EQ(content_of(folder.path() / "loss.csv"),
            "curve,series,world,workers,step,time_s,train_loss\n1,a,sim,1,1,1,2\n1,a,sim,1,2,2,1\n2,b,sim,1,1,1,2\n");
  EXPECT_TRUE(caption_of(folder.path() / "loss.gp").ends_with("Diverged, cut off there: b (sim)."));
}

TEST(Figures, ACurveThatAnotherCoversIsNamed) {
  const TemporaryFolder folder;
  write_figures(plan_with({{.figure = "scaling"}}),
                {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 200), made_up_run("b", "sim", 1, 100.5),
                 made_up_run("b", "sim", 4, 200), made_up_run("c", "sim", 1, 100), made_up_run("c", "sim", 4, 300)},
                folder.path());
  EXPECT_TRUE(caption_of(folder.path() / "scaling.gp").ends_with("Hidden: a (sim) under b (sim)."));
}

TEST(Figures, BreakdownStacksAddUpToTheStep) {
  const TemporaryFolder folder;
  write_figures(plan_with({{.figure = "breakdown"}}), {made_up_run("single", "threads", 1, 64)}, folder.path());
  EXPECT_EQ(content_of(folder.path() / "breakdown.csv"),
            "panel,curve,part_number,series,world,x,part,seconds_a_step,left,right,lower,upper\n"
            "1,1,1,single,threads,1,compute,0.5,-0.42,0.336,0,0.5\n"
            "1,1,2,single,threads,1,communication,0.25,-0.42,0.336,0.5,0.75\n"
            "1,1,3,single,threads,1,idle,0.25,-0.42,0.336,0.75,1\n");
}

TEST(Figures, BreakdownInSharesAddsUpToAHundredPercent) {
  const TemporaryFolder folder;
  RunResult run = made_up_run("single", "threads", 1, 64);
  run.compute_s *= 3;
  write_figures(plan_with({{.figure = "breakdown", .y = "share"}}), {run}, folder.path());
  EXPECT_EQ(content_of(folder.path() / "breakdown.csv"),
            "panel,curve,part_number,series,world,x,part,seconds_a_step,left,right,lower,upper\n"
            "1,1,1,single,threads,1,compute,1.5,-0.42,0.336,0,75\n"
            "1,1,2,single,threads,1,communication,0.25,-0.42,0.336,75,87.5\n"
            "1,1,3,single,threads,1,idle,0.25,-0.42,0.336,87.5,100\n");
}

TEST(Figures, TwoOfAKindHaveTwoNames) {
  const TemporaryFolder folder;
  const FigureReport report = write_figures(plan_with({{.figure = "scaling"}, {.figure = "scaling"}}),
                                            {made_up_run("single", "threads", 1, 64)}, folder.path());
  EXPECT_EQ(report.files.size(), 8U);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "scaling-2.png"));
}

TEST(Figures, TextsWithQuotesAndBackslashesAreDrawnAsTheyAre) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{.figure = "scaling"}});
  plan.question = "Is \"x_1\" faster than C:\\new?";
  const FigureReport report = write_figures(plan, {made_up_run("single", "threads", 1, 64)}, folder.path());
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  EXPECT_NE(content_of(folder.path() / "scaling.svg").find("x_1"), std::string::npos);
  EXPECT_NE(content_of(folder.path() / "scaling.svg").find("C:\\new?"), std::string::npos);
}

}  // namespace
}  // namespace tandem
