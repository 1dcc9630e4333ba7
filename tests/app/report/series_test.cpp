#include "app/figures/series.h"

#include <gtest/gtest.h>

#include <cmath>

#include "app/figures/positions.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(Spread, IsMedianAndRangeOfWhatWasMeasured) {
  EXPECT_EQ(spread_of({}).n, 0U);
  EXPECT_TRUE(std::isnan(spread_of({}).median));
  EXPECT_EQ(spread_of({kNotMeasured}).n, 0U);
  EXPECT_EQ(spread_of({7}).median, 7);
  EXPECT_EQ(spread_of({3, 1}).median, 2);
  const Spread five = spread_of({9, 1, 5, kNotMeasured, 2, 100});
  EXPECT_EQ(five.n, 5U);
  EXPECT_EQ(five.median, 5);
  EXPECT_EQ(five.low, 1);
  EXPECT_EQ(five.high, 100);
}

TEST(Series, RepeatsMakeOnePointAndFailedRunsNone) {
  std::vector<RunResult> runs = {made_up_run("a", "sim", 8, 80), made_up_run("a", "sim", 2, 30, 0),
                                 made_up_run("a", "sim", 2, 10, 1), made_up_run("a", "sim", 2, 99, 2)};
  runs.back().failure = "died";
  const std::vector<Series> all = series_over(runs, "cluster.workers");
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all[0].points.size(), 2U);
  EXPECT_EQ(all[0].points[0].x, 2);
  EXPECT_EQ(all[0].points[0].runs.size(), 2U);
  EXPECT_EQ(all[0].points[0].spread("samples_per_s").median, 20);
  EXPECT_EQ(all[0].points[1].x, 8);
}

TEST(Series, WorldsAreCurvesOfOneColour) {
  const std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 1), made_up_run("b", "sim", 1, 1),
                                       made_up_run("a", "tcp", 1, 1)};
  const std::vector<Series> all = series_over(runs, "workers");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].colour, 0U);
  EXPECT_EQ(all[1].colour, 0U);
  EXPECT_EQ(all[1].world, "tcp");
  EXPECT_EQ(all[2].colour, 1U);
  EXPECT_EQ(labels_of(all), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(worlds_of(all), (std::vector<std::string>{"sim", "tcp"}));
}

TEST(Series, WhatElseWasSweptIsNeverAveraged) {
  std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 10), made_up_run("a", "sim", 1, 1000)};
  runs[0].factors.emplace_back("cluster.network.bandwidth", "1Gbit/s");
  runs[1].factors.emplace_back("cluster.network.bandwidth", "10Gbit/s");
  const std::vector<Series> all = series_over(runs, "workers");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].label, "a, bandwidth 1Gbit/s");
  EXPECT_EQ(all[1].label, "a, bandwidth 10Gbit/s");
}

TEST(Series, SweptListsAreToldInWords) {
  const auto label = [](const std::string& losses) {
    std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 10), made_up_run("a", "sim", 1, 1000)};
    runs[0].factors.emplace_back("cluster.network.losses", losses);
    runs[1].factors.emplace_back("cluster.network.losses", "[64, 32]");
    const std::vector<Series> all = series_over(runs, "workers");
    EXPECT_EQ(all.at(1).label, "a, losses [64, 32]");
    return all.at(0).label;
  };
  EXPECT_EQ(label("[]"), "a");
  EXPECT_EQ(label("[{worker: 1, loss: 1e-6}]"), "a, losses worker 1 loss 1e-6");
  EXPECT_EQ(label("[{worker: 1, loss: 1e-6}, {from: 2, to: 3}]"), "a, losses worker 1 loss 1e-6; from 2 to 3");
}

TEST(Series, AnOptionOfTheStrategyOnXIsNotInTheLabel) {
  std::vector<RunResult> runs;
  for (const int m : {16, 2, 4}) {
    runs.push_back(made_up_run("pipeline m=" + std::to_string(m), "sim", 4, 10.0 * m));
    runs.back().factors = {{"strategy.microbatches", std::to_string(m)}};
  }
  const std::vector<Series> all = series_over(runs, "strategy.microbatches");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].label, "pipeline");
  ASSERT_EQ(all[0].points.size(), 3U);
  EXPECT_EQ(all[0].points[0].x, 2);
  EXPECT_EQ(all[0].points[2].x, 16);
}

TEST(Series, AGridKeyAsTheSeriesMakesOneCurveAValue) {
  std::vector<RunResult> runs;
  for (const char* workers : {"2", "8"}) {
    for (const char* m : {"1", "4"}) {
      runs.push_back(made_up_run(std::string("pipeline m=") + m, "sim", std::stoi(workers), 10));
      runs.back().factors = {{"strategy.microbatches", m}, {"cluster.workers", workers}};
    }
  }
  const std::vector<Series> all = series_over(runs, "strategy.microbatches", "cluster.workers");
  EXPECT_EQ(labels_of(all), (std::vector<std::string>{"workers 2", "workers 8"}));
  EXPECT_EQ(all[0].points.size(), 2U);
  EXPECT_EQ(labels_of(series_over(runs, "workers", "strategy.microbatches")),
            (std::vector<std::string>{"microbatches 1", "microbatches 4"}));
}

TEST(Series, StrategiesThatVaryBesideTheSeriesAreNamed) {
  const std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 10), made_up_run("b", "sim", 1, 10)};
  EXPECT_EQ(labels_of(series_over(runs, "seed", "workers")),
            (std::vector<std::string>{"workers 1, a", "workers 1, b"}));
}

TEST(Series, QuantitiesOnXAreInOrderAndTextsKeepTheirs) {
  const auto first_of = [](const std::string& key, const std::vector<std::string>& values) {
    std::vector<RunResult> runs;
    for (const std::string& value : values) {
      runs.push_back(made_up_run("a", "sim", 4, 10));
      runs.back().factors = {{key, value}};
    }
    const std::vector<Series> all = series_over(runs, key);
    return all.size() == 1 && all[0].points.size() == 2 ? all[0].points[0].x_text : "not one curve of two points";
  };
  EXPECT_EQ(first_of("cluster.network.bandwidth", {"10Gbit/s", "900Mbit/s"}), "900Mbit/s");
  EXPECT_EQ(first_of("cluster.network.topology", {"star", "fat-tree"}), "star");
}

TEST(Series, LargestOnlyKeepsTheLastPointOfEach) {
  const std::vector<RunResult> runs = {made_up_run("a", "sim", 8, 1), made_up_run("a", "sim", 1, 1),
                                       made_up_run("b", "sim", 3, 1)};
  const std::vector<Series> all = largest_only(series_over(runs, "workers"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].points.front().x, 8);
  EXPECT_EQ(all[1].points.front().x, 3);
}

TEST(XAxis, LeavesOutTicksThatWouldRunIntoEachOther) {
  const auto places = [](const Positions& positions) {
    std::vector<double> at;
    for (const auto& tick : x_axis("network bandwidth", positions).ticks) at.push_back(tick.first);
    return at;
  };
  const Positions near = {
      .ticks = {
          {86.8, "86.8Gbit/s"}, {153, "152.8Gbit/s"}, {184, "184.2Gbit/s"}, {222, "222.3Gbit/s"}, {569, "569Gbit/s"}}};
  EXPECT_EQ(places(near), (std::vector<double>{86.8, 153, 222, 569}));
  const Positions apart = {.ticks = {{1, "1"}, {2, "2"}, {4, "4"}, {8, "8"}, {16, "16"}}};
  EXPECT_EQ(places(apart), (std::vector<double>{1, 2, 4, 8, 16}));
}

TEST(XAxis, ShortensNamesOfCategoriesToTheirRoom) {
  const std::string name = "{topology: two-tier, hosts_per_rack: 2, oversubscription: 4}";
  const Positions long_names = {.is_numeric = false,
                                .ticks = {{1, "star"}, {2, name}, {3, std::string(30, 'a') + "\u00e9"}}};
  const auto ticks = x_axis("network", long_names).ticks;
  ASSERT_EQ(ticks.size(), 3u);
  EXPECT_EQ(ticks[0].second, "star");
  EXPECT_EQ(ticks[1].second, name.substr(0, 22) + "...");
  const Positions two = {.is_numeric = false, .ticks = {{1, std::string(35, 'a') + "\u00e9bcde"}, {2, "b"}}};
  EXPECT_EQ(x_axis("network", two).ticks[0].second, std::string(35, 'a') + "...") << "no half character";
}

}  // namespace
}  // namespace tandem
