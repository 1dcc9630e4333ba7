// Every kind of figure is drawn; and what all kinds have in common.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/report/drawn_figures.h"

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

/// A PNG of 900 x 600 that is nothing but white takes 2 to 3 kB.
constexpr std::size_t kBlankBytes = 8000;

class Drawn : public testing::TestWithParam<std::string> {};

TEST_P(Drawn, AsSvgAndPngBesideScriptAndData) {
  const TemporaryFolder folder;
  const FigureReport report =
      write_figures(plan_with({{GetParam(), {{"ideal", "true"}}}}), a_study(), folder.path() / "figures");
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
      GetParam() == "loss" ? "the first run with 8 workers" : "n = 1 (sim), 3 (threads) runs per point";
  EXPECT_NE(caption.find(how_many), std::string::npos) << caption;
}

/// All kinds but those that want traces or failures, which the made-up study has none of: scenarios' tests draw these.
std::vector<std::string> kinds_of_any_study() {
  std::vector<std::string> kinds = figure_kinds().names();
  std::erase_if(kinds, [](const std::string& kind) { return kind == "goodput" || kind == "pipeline"; });
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Figures, Drawn, testing::ValuesIn(kinds_of_any_study()),
                         [](const auto& test) { return test.param; });

TEST(Figures, AnEmptyPlanDrawsNothing) {
  const TemporaryFolder folder;
  const FigureReport report = write_figures(plan_with({}), a_study(), folder.path() / "figures");
  EXPECT_TRUE(report.files.empty());
  EXPECT_TRUE(report.notes.empty());
}

TEST(Figures, OneRunIsEnough) {
  const TemporaryFolder folder;
  const FigureReport report = write_figures(plan_with({{"scaling", {{"ideal", "true"}}}, {"breakdown"}}),
                                            {made_up_run("single", "threads", 1, 100)}, folder.path());
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  EXPECT_EQ(report.files.size(), 8U);
}

TEST(Figures, NothingToDrawIsANote) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("single", "threads", 1, 100)};
  const FigureReport report =
      write_figures(plan_with({{"staleness"}, {"loss"}, {"scaling", {{"y", "mean_staleness"}}}}), runs, folder.path());
  EXPECT_EQ(report.notes,
            (std::vector<std::string>{"figure staleness: no run recorded staleness",
                                      "figure loss: no run recorded train_loss by step",
                                      "figure mean_staleness-by-workers: no run has both workers and mean_staleness"}));
  EXPECT_TRUE(report.files.empty());
}

TEST(Figures, ARankingHasTheSmallestFirstAndNamesWhoHasNoValue) {
  std::vector<RunResult> runs = {made_up_run("slow", "sim", 4, 10), made_up_run("fast", "sim", 4, 20),
                                 made_up_run("never", "sim", 4, 30)};
  runs[0].time_to_loss_s = 3, runs[1].time_to_loss_s = 2;
  const Plan plan = plan_with({{"ranking", {{"y", "time_to_loss_s"}}}});
  const std::vector<NamedChart> charts = charts_of(study_facts(plan, runs), runs);
  ASSERT_EQ(charts.size(), 1U);
  ASSERT_EQ(charts[0].chart.panels.size(), 1U);
  EXPECT_EQ(charts[0].chart.panels[0].curves[0].series, "fast");
  EXPECT_EQ(charts[0].chart.panels[0].curves[1].series, "slow");
  EXPECT_EQ(charts[0].chart.caption[1],
            "Time to the target loss (sim): 1. fast 2.00 s, 2. slow 3.00 s. Without a value: never.");
}

// A legend of dozens would take the paper from the bars.
TEST(Figures, ARankingOfManyNamesThemInItsCaptionAlone) {
  for (const std::size_t count : {28U, 29U}) {
    std::vector<RunResult> runs;
    for (std::size_t i = 0; i < count; ++i) {
      runs.push_back(made_up_run(fmt::format("s{}", i), "sim", 4, 10));
      runs.back().time_to_loss_s = static_cast<double>(i + 1);
    }
    const Plan plan = plan_with({{"ranking", {{"y", "time_to_loss_s"}}}});
    const Chart chart = charts_of(study_facts(plan, runs), runs).at(0).chart;
    EXPECT_EQ(legend_of(chart).empty(), count > 28);
    EXPECT_NE(chart.caption[1].find("28. s27 28.0 s"), std::string::npos) << chart.caption[1];
  }
}

TEST(Figures, StalenessFarApartIsBinnedWithTheEmptyBins) {
  const TemporaryFolder folder;
  RunResult run = made_up_run("ps-async", "sim", 2, 100);
  run.staleness_counts = {{0, 1}, {98, 1}, {99, 2}};
  write_figures(plan_with({{"staleness"}}), {run}, folder.path());
  const std::string csv = content_of(folder.path() / "staleness.csv");
  EXPECT_TRUE(
      csv.starts_with("curve,series,world,origin,x,x_text,y,n\n1,ps-async,sim,simulated,0,0,25,0\n"
                      "1,ps-async,sim,simulated,2,2,0,0\n"))
      << csv;
  EXPECT_NE(
      csv.find("simulated,96,96,0,0\n1,ps-async,sim,simulated,98,98,75,0\n1,ps-async,sim,simulated,100,100,0,0\n"),
      std::string::npos)
      << csv;
  EXPECT_NE(content_of(folder.path() / "staleness.gp").find("share of updates, by 2 (%)"), std::string::npos);
}

TEST(Figures, BarsAreOnlySpokenOfWhereThereAreSome) {
  const auto caption = [](const std::vector<RunResult>& runs) {
    return figure_kinds().find("comparison")->draw({"comparison"}, {}, runs).caption.at(1);
  };
  std::vector<RunResult> runs = {made_up_run("a", "sim", 2, 100), made_up_run("a", "tcp", 2, 90, 0)};
  EXPECT_EQ(caption(runs), "n = 1 run per point.");
  runs.push_back(made_up_run("a", "tcp", 2, 80, 1));
  EXPECT_EQ(caption(runs),
            "Points: medians; bars: from the smallest to the largest; n = 1 (sim), 2 (tcp) runs per point.");
}

TEST(Figures, TheCaptionSaysWhatTheClusterIs) {
  Plan plan = made_up_plan();
  plan.points.front().scenario.world = "sim";
  plan.points.push_back(plan.points.front());
  plan.points.back().scenario.cluster.network.latency_s = 1e-3;
  const StudyFacts facts = study_facts(plan, {made_up_run("a", "sim", 1, 100)});
  EXPECT_EQ(facts.setting_sentence(),
            "made-up: strong scaling, global batch 64; simulated network: star, 10Gbit/s, latency varied, hosts of "
            "10Gflop/s, neutral.");
}

TEST(Figures, TwoOfAKindHaveTwoNames) {
  const TemporaryFolder folder;
  const FigureReport report =
      write_figures(plan_with({{"scaling"}, {"scaling"}}), {made_up_run("single", "threads", 1, 64)}, folder.path());
  EXPECT_EQ(report.files.size(), 8U);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "scaling-2.png"));
}

TEST(Figures, TextsWithQuotesAndBackslashesAreDrawnAsTheyAre) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{"scaling"}});
  plan.question = "Is \"x_1\" faster than C:\\new?";
  const FigureReport report = write_figures(plan, {made_up_run("single", "threads", 1, 64)}, folder.path());
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  EXPECT_NE(content_of(folder.path() / "scaling.svg").find("x_1"), std::string::npos);
  EXPECT_NE(content_of(folder.path() / "scaling.svg").find("C:\\new?"), std::string::npos);
}

}  // namespace
}  // namespace tandem
