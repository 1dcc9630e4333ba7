#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <set>
#include <sstream>

#include "app/figures/figure_kind.h"
#include "app/report/draw.h"
#include "app/report/study_facts.h"
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

FigureReport write_figures(const Plan& plan, const std::vector<RunResult>& results,
                           const std::filesystem::path& folder) {
  return draw_charts(charts_of(study_facts(plan, results), results), folder);
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

INSTANTIATE_TEST_SUITE_P(Figures, Drawn, testing::ValuesIn(figure_kinds().names()),
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
            "Time to the target loss (sim): 1. fast 2 s, 2. slow 3 s. Without a value: never.");
}

TEST(Figures, ScalingDataAreMediansWithTheirRange) {
  const TemporaryFolder folder;
  write_figures(plan_with({{"scaling"}}),
                {made_up_run("single", "threads", 1, 10, 0), made_up_run("single", "threads", 1, 30, 1),
                 made_up_run("single", "threads", 1, 15, 2)},
                folder.path());
  EXPECT_EQ(content_of(folder.path() / "scaling.csv"),
            "curve,series,world,origin,x,x_text,y,low,high,n\n1,single,threads,measured,1,1,15,10,30,3\n");
}

TEST(Figures, TheIdealLeavesFromTheFastestAtTheSmallestX) {
  const TemporaryFolder folder;
  write_figures(plan_with({{"scaling", {{"ideal", "true"}}}, {"scaling", {{"y", "step_s"}, {"ideal", "true"}}}}),
                {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 250), made_up_run("b", "sim", 1, 128)},
                folder.path());
  EXPECT_NE(content_of(folder.path() / "scaling.csv").find("3,ideal,sim,formula,4,4,512,0\n"), std::string::npos);
  EXPECT_NE(content_of(folder.path() / "step_s-by-workers.csv").find("3,ideal,sim,formula,4,4,0.125,0\n"),
            std::string::npos);
}

TEST(Figures, TheIdealOfCurvesByWorkersIsSoManyTimesTheFewest) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("pipeline", "sim", 1, 100), made_up_run("pipeline", "sim", 1, 90),
                                 made_up_run("pipeline", "sim", 4, 300), made_up_run("pipeline", "sim", 4, 350)};
  for (std::size_t i = 0; i < runs.size(); ++i)
    runs[i].factors.emplace_back("strategy.microbatches", i % 2 == 0 ? "1" : "8");
  const FigureSpec by_workers{"scaling",
                              {{"x", "strategy.microbatches"}, {"series", "cluster.workers"}, {"ideal", "true"}}};
  write_figures(plan_with({by_workers}), runs, folder.path());
  const auto figure = folder.path() / "samples_per_s-by-microbatches";
  const std::string csv = content_of(figure.string() + ".csv");
  EXPECT_NE(csv.find("\"ideal, workers 4\",sim,formula,1,1,400,0\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"ideal, workers 4\",sim,formula,8,8,360,0\n"), std::string::npos) << csv;
  EXPECT_EQ(csv.find("ideal, workers 1"), std::string::npos);
  EXPECT_TRUE(caption_of(figure.string() + ".gp")
                  .ends_with("Ideal: perfect scaling from the fastest at 1 worker, in each world."));
  EXPECT_NE(content_of(figure.string() + ".gp").find("set xlabel \"microbatches\""), std::string::npos);
}

TEST(Figures, CurvesThatCoincideAreDrawnWiderBelowAndTakeTurnsInTheirPoints) {
  const TemporaryFolder folder;
  std::vector<RunResult> runs = {made_up_run("a", "threads", 2, 100), made_up_run("a", "tcp", 2, 100)};
  for (RunResult& run : runs) {
    for (std::size_t step = 0; step < 40; ++step)
      run.step_rows.push_back({step, -1, 0.1 * static_cast<double>(step + 1), 64, 40.0 - static_cast<double>(step)});
  }
  write_figures(plan_with({{"loss"}, {"scaling"}}), runs, folder.path());
  std::set<std::string> marked_steps, seen;
  std::istringstream lines(content_of(folder.path() / "loss.csv"));
  for (std::string line; std::getline(lines, line);) {
    // panel, curve, series, world, origin, x, y, n, marked
    if (!line.starts_with("1,") || !line.ends_with(",1")) continue;
    const std::string step = std::regex_replace(line, std::regex("^([^,]*,){5}([^,]*),.*"), "$2");
    EXPECT_TRUE(marked_steps.insert(step).second) << "both curves have a point at step " << step;
    seen.insert(line.substr(2, 1));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"1", "2"}));
  const std::string loss = content_of(folder.path() / "loss.gp"), scaling = content_of(folder.path() / "scaling.gp");
  for (const char* points : {"with points lc rgb colour_1 lw 1.5 pt 7", "with points lc rgb colour_1 lw 1.5 pt 5"})
    EXPECT_NE(loss.find(points), std::string::npos) << "the world's own point";
  EXPECT_NE(scaling.find("curve(1, \"x\")):\"y\" with linespoints lc rgb colour_1 dt measured lw line_width + 3"),
            std::string::npos);
  EXPECT_NE(scaling.find("curve(2, \"x\")):\"y\" with linespoints lc rgb colour_1 dt measured lw line_width pt"),
            std::string::npos);
}

TEST(Figures, ABatchThatDiffersByPointIsNoStrongScaling) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{"scaling"}});
  plan.points.push_back(plan.points.front());
  plan.points.back().scenario.workload.batch.global = 96;
  const auto caption = [&] {
    write_figures(plan, {made_up_run("single", "threads", 1, 100)}, folder.path());
    return caption_of(folder.path() / "scaling.gp");
  };
  EXPECT_TRUE(caption().starts_with("made-up: the batch differs by point, global 64, 96.")) << caption();
  plan.points.back().factors = {{"workload.batch.global", "96"}};
  EXPECT_TRUE(caption().starts_with("made-up: strong scaling, global batch 64, 96.")) << "each of them";
}

TEST(Figures, FailedAndSkippedPointsAreCountedNotDrawn) {
  const TemporaryFolder folder;
  Plan plan = plan_with({{"scaling"}});
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
  write_figures(plan_with({{"loss"}}), {run}, folder.path());
  // Running mean over 1 step, that is 2 rows.
  EXPECT_EQ(content_of(folder.path() / "loss.csv"),
            "panel,curve,series,world,origin,x,y,n\n1,1,ps-async,threads,measured,0.5,8,1\n"
            "1,1,ps-async,threads,measured,1,6,1\n1,1,ps-async,threads,measured,1.5,5,1\n"
            "1,1,ps-async,threads,measured,2,4,1\n2,2,ps-async,threads,measured,1,8,1\n"
            "2,2,ps-async,threads,measured,2,6,1\n2,2,ps-async,threads,measured,2.5,5,1\n"
            "2,2,ps-async,threads,measured,5,4,1\n");
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

TEST(Figures, ACurveThatAnotherCoversIsNamed) {
  const TemporaryFolder folder;
  write_figures(plan_with({{"scaling"}}),
                {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 200), made_up_run("b", "sim", 1, 100.5),
                 made_up_run("b", "sim", 4, 200), made_up_run("c", "sim", 1, 100), made_up_run("c", "sim", 4, 300)},
                folder.path());
  EXPECT_TRUE(caption_of(folder.path() / "scaling.gp").ends_with("Hidden, and so drawn wider: a (sim) under b (sim)."));
}

/// "part: base to y", a line per bar.
std::string bars_of(const FigureSpec& spec, const RunResult& run) {
  const Chart chart = figure_kinds().find("breakdown")->draw(spec, {}, {run});
  std::string text;
  for (const Curve& curve : chart.panels.at(0).curves)
    text += fmt::format("{} {}: {:g} to {:g}\n", curve.series, curve.part, curve.data.at(0).base, curve.data.at(0).y);
  return text;
}

TEST(Figures, BreakdownStacksAddUpToTheStep) {
  EXPECT_EQ(bars_of({"breakdown"}, made_up_run("single", "threads", 1, 64)),
            "single compute: 0 to 0.5\nsingle communication: 0.5 to 0.75\nsingle idle: 0.75 to 1\n");
}

TEST(Figures, BreakdownInSharesAddsUpToAHundredPercent) {
  RunResult run = made_up_run("single", "threads", 1, 64);
  run.compute_s *= 3;
  EXPECT_EQ(bars_of({"breakdown", {{"y", "share"}}}, run),
            "single compute: 0 to 75\nsingle communication: 75 to 87.5\nsingle idle: 87.5 to 100\n");
}

TEST(Figures, BreakdownKeepsServersApartFromWorkers) {
  RunResult run = made_up_run("ps-sync", "sim", 2, 64);  // 10 steps of 1 s
  run.rank_rows = {{0, "worker", 7, 2, 1, {}}, {1, "worker", 8, 2, 0, {}}, {2, "server", 0, 4, 6, {}}};
  EXPECT_EQ(bars_of({"breakdown"}, run),
            "ps-sync: workers compute: 0 to 0.75\nps-sync: workers communication: 0.75 to 0.95\n"
            "ps-sync: workers idle: 0.95 to 1\nps-sync: servers compute: 0 to 0\n"
            "ps-sync: servers communication: 0 to 0.4\nps-sync: servers idle: 0.4 to 1\n");
}

TEST(Figures, AQuantityWithAUnitLiesWhereItBelongs) {
  std::vector<RunResult> runs;
  for (const char* latency : {"0s", "10ms", "20ms", "100ms"}) {
    runs.push_back(made_up_run("a", "sim", 2, 100));
    runs.back().factors.emplace_back("cluster.network.latency", latency);
  }
  const Chart chart = figure_kinds().find("scaling")->draw({"scaling", {{"x", "cluster.network.latency"}}}, {}, runs);
  std::vector<double> at;
  for (const Datum& datum : chart.panels.at(0).curves.at(0).data) at.push_back(datum.x);
  EXPECT_EQ(at, (std::vector<double>{0, 0.01, 0.02, 0.1}));
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

TEST(Figures, TheLegendsSampleIsDashedWhereACurveIs) {
  const auto origin_of_label = [](const std::vector<RunResult>& runs) {
    return legend_of(figure_kinds().find("scaling")->draw({"scaling"}, {}, runs)).at(0).origin;
  };
  const RunResult simulated = made_up_run("a", "sim", 2, 100), measured = made_up_run("a", "tcp", 2, 90);
  EXPECT_EQ(origin_of_label({simulated}), Origin::simulated);
  EXPECT_EQ(origin_of_label({measured}), Origin::measured);
  EXPECT_EQ(origin_of_label({simulated, measured}), Origin::measured);
}

TEST(Figures, PointsOfDifferentBatchesAreNotJoined) {
  Plan plan = made_up_plan();
  plan.points.push_back(plan.points.front());
  const std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 2, 150)};
  const auto form = [&] {
    return figure_kinds()
        .find("scaling")
        ->draw({"scaling"}, study_facts(plan, runs), runs)
        .panels.at(0)
        .curves.at(0)
        .form;
  };
  EXPECT_EQ(form(), Curve::Form::line);
  plan.points.back().scenario.workload.batch.global = 96;
  EXPECT_EQ(form(), Curve::Form::points);
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
