// Errors, ranking and the figure of measured against predicted runs.
#include <gtest/gtest.h>

#include "app/figures/prediction.h"
#include "app/report/comparison_text.h"
#include "app/report/draw.h"
#include "app/report/study_facts.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

// 64 samples per step: `step_s` of each run is 64 / samples_per_s.
RunResult run_of(const std::string& label, const std::string& world, int workers, double step_s, int repeat = 0) {
  return made_up_run(label, world, workers, 64 / step_s, repeat);
}

// Three repeats of every measured point, around its median.
std::vector<RunResult> study() {
  std::vector<RunResult> runs = {run_of("ring", "sim", 2, 0.11), run_of("ring", "sim", 3, 0.19),
                                 run_of("ps-sync", "sim", 2, 0.10), run_of("ps-sync", "sim", 3, 0.40)};
  for (int repeat = 0; repeat < 3; ++repeat) {
    const double off = 0.01 * (repeat - 1);
    runs.push_back(run_of("ring", "tcp", 2, 0.10 + off, repeat));
    runs.push_back(run_of("ring", "tcp", 3, 0.20 + off, repeat));
    runs.push_back(run_of("ps-sync", "tcp", 2, 0.20 + off, repeat));
    runs.push_back(run_of("ps-sync", "tcp", 3, 0.40 + off, repeat));
  }
  return runs;
}

TEST(Comparison, ErrorsAreOfTheMedian) {
  const auto runs = study();
  const Comparison comparison = compare(runs, "workers");
  ASSERT_EQ(comparison.points.size(), 4u);
  EXPECT_NEAR(comparison.points[0].error(), 0.10, 1e-12);
  EXPECT_NEAR(comparison.points[0].measured_s.low, 0.09, 1e-12);
  EXPECT_EQ(comparison.points[0].measured_s.n, 3u);
  EXPECT_NEAR(comparison.points[1].error(), -0.05, 1e-12);
  EXPECT_NEAR(comparison.points[2].error(), -0.50, 1e-12);
  EXPECT_NEAR(comparison.worst_error(), 0.50, 1e-12);
  EXPECT_NEAR(comparison.median_error(), (0.05 + 0.10) / 2, 1e-12);
}

TEST(Comparison, OnlyStrategiesInTheSameSettingAreRanked) {
  const auto runs = study();
  const Ranking ranking = compare(runs, "workers").ranking;
  EXPECT_EQ(ranking.pairs, 2u);
  EXPECT_EQ(ranking.right, 1u) << "with 2 workers, ps-sync takes longer and is predicted not to";
  ASSERT_EQ(ranking.wrong.size(), 1u);
  EXPECT_EQ(ranking.wrong[0], "ring and ps-sync (2 workers)");
}

TEST(Comparison, StrategiesWithinATenthAreNotRanked) {
  const std::vector<RunResult> runs = {run_of("ring", "sim", 2, 2), run_of("ps-sync", "sim", 2, 1),
                                       run_of("ring", "tcp", 2, 1), run_of("ps-sync", "tcp", 2, 1.09)};
  EXPECT_EQ(compare(runs, "workers").ranking.pairs, 0u);
}

TEST(Comparison, ItsErrorIsAnAnswerWhereLinksWereEmulated) {
  Plan plan = made_up_plan();
  plan.points.front().scenario.world = "tcp";
  std::vector<RunResult> runs = {run_of("ring", "sim", 2, 0.11), run_of("ring", "sim", 3, 0.19),
                                 run_of("ring", "tcp", 2, 0.10), run_of("ring", "tcp", 3, 0.20)};
  EXPECT_EQ(error_sentence(study_facts(plan, runs), runs), "") << "loopback is another network than the cluster's";
  plan.points.front().scenario.cluster.emulate = true;
  const std::string sentence =
      "Prediction against measurement (tcp on emulated links): error of a step 7.5 % in the median, 10.0 % at worst, "
      "over 2 points.";
  EXPECT_EQ(error_sentence(study_facts(plan, runs), runs), sentence);
  runs.push_back(run_of("ring", "threads", 2, 0.01));
  EXPECT_EQ(error_sentence(study_facts(plan, runs), runs), sentence) << "threads are on no emulated links";
  plan.points.front().skipped = "no user namespaces";
  EXPECT_EQ(error_sentence(study_facts(plan, runs), runs), "");
}

TEST(Comparison, WhatFailedOrWasNotSimulatedIsLeftOut) {
  std::vector<RunResult> runs = study();
  runs[0].failure = "it broke";
  runs.push_back(run_of("ring", "tcp", 7, 1));
  EXPECT_EQ(compare(runs, "workers").points.size(), 3u);
  EXPECT_EQ(compare({}, "workers").points.size(), 0u);
  EXPECT_EQ(comparison_text(compare({}, "workers"), "workers", {}), "Nothing was both measured and simulated.\n");
}

TEST(Comparison, TheTextSaysWhatLiesInTheRangeOfOverlap) {
  const auto runs = study();
  Comparison comparison = compare(runs, "workers");
  EXPECT_EQ(comparison_text(comparison, "workers", {}).find("all hidden"), std::string::npos);
  // Measured 0.1, 0.2, 0.2 and 0.4; predicted 0.11, 0.19, 0.1 and 0.4.
  for (ComparedPoint& point : comparison.points) point.least_s = 0.105, point.most_s = 0.2;
  const std::string text = comparison_text(comparison, "workers", {});
  EXPECT_NE(text.find("(nothing hidden): measured 2 of 4, predicted 2 of 4."), std::string::npos) << text;
  EXPECT_NE(text.find("4.8 % below"), std::string::npos) << text;
  EXPECT_NE(text.find("100.0 % above"), std::string::npos) << text;
  EXPECT_NE(text.find("Measured faster than predicted: 1 of 4, with errors up to +10.0 %."), std::string::npos) << text;
}

TEST(Comparison, TheTableReadsBackExactly) {
  const auto runs = study();
  const std::string csv = comparison_csv(compare(runs, "workers"), "workers");
  EXPECT_TRUE(
      csv.starts_with("series,world,workers,measured_step_s,low_step_s,high_step_s,n,predicted_step_s,"
                      "predicted_over_measured,least_step_s,most_step_s,measured_is,predicted_is\nring,tcp,2,"))
      << csv;
}

TEST(Comparison, IsDrawn) {
  const TemporaryFolder folder;
  Plan plan = made_up_plan();
  plan.figures = {{"comparison"}};
  const auto runs = study();
  const FigureReport report = draw_charts(charts_of(study_facts(plan, runs), runs), folder.path());
  EXPECT_TRUE(report.notes.empty()) << report.notes.front();
  ASSERT_EQ(report.files.size(), 4u);
  EXPECT_GT(std::filesystem::file_size(folder.path() / "comparison.png"), 8000u) << "it is blank";
  EXPECT_EQ(charts_of(study_facts(plan, runs), runs).at(0).chart.caption.at(2),
            "Error: predicted / measured - 1; median 7.5 %, worst 50.0 %.");
}

TEST(Comparison, WithoutAMeasurementIsANoteAndNoFigure) {
  const TemporaryFolder folder;
  Plan plan = made_up_plan();
  plan.figures = {{"comparison"}};
  const auto runs = {run_of("ring", "sim", 2, 1)};
  const FigureReport report = draw_charts(charts_of(study_facts(plan, runs), runs), folder.path());
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.notes[0], "figure comparison: nothing was both measured and simulated");
}

}  // namespace
}  // namespace tandem
