// Curves of a quantity against another: their points, ideals, hidden curves and legends.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/app/report/drawn_figures.h"

namespace tandem {
namespace {

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
              "Not plotted: 1 skipped point (pipeline m=8 workers 8), because too many stages, 1 failed run (ps-sync "
              "workers 2 threads), because died."));
}

TEST(Figures, ACurveThatAnotherCoversIsNamed) {
  const TemporaryFolder folder;
  write_figures(plan_with({{"scaling"}}),
                {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 200), made_up_run("b", "sim", 1, 100.5),
                 made_up_run("b", "sim", 4, 200), made_up_run("c", "sim", 1, 100), made_up_run("c", "sim", 4, 300)},
                folder.path());
  EXPECT_TRUE(caption_of(folder.path() / "scaling.gp").ends_with("Hidden, and so drawn wider: a (sim) under b (sim)."));
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

}  // namespace
}  // namespace tandem
