// What the page may change, and what it is told by formula.
#include "app/serve/served_study.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "app/serve/toys.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;

ServedStudy toy(std::string_view name) {
  for (const Toy& one : toys()) {
    if (one.name == name) return {std::string(one.scenario), "toy.yaml", std::string(one.task), std::string(one.over)};
  }
  throw std::invalid_argument("no such toy");
}

Json point_of(const Json& formula, int workers) {
  for (const Json& point : formula.at("points")) {
    if (point.at("workers") == workers) return point;
  }
  return {};
}

TEST(ServedStudy, AStateIsTheScenarioWithItsLevers) {
  const ServedStudy study = toy("one-slow-worker");
  const Scenario scenario = study.scenario_in(
      {{"workers", 5}, {"bandwidth", 8e9}, {"latency", 0.001}, {"straggler", 2.5}, {"strategy", 0}, {"codec", "fp16"}});
  EXPECT_EQ(scenario.cluster.workers, 5);
  EXPECT_EQ(scenario.cluster.network.bandwidth_bytes_per_s, 1e9);
  EXPECT_EQ(scenario.cluster.network.latency_s, 0.001);
  ASSERT_EQ(scenario.cluster.slowdowns.size(), 1u);
  EXPECT_EQ(scenario.cluster.slowdowns[0].factor, 2.5);
  EXPECT_EQ(strategy_label(scenario.strategy), "allreduce ring fp16");
  EXPECT_EQ(scenario.world, "sim");
  EXPECT_TRUE(study.scenario_in({{"straggler", 1}}).cluster.slowdowns.empty());
  EXPECT_EQ(study.scenario_in(Json::object()).cluster.slowdowns[0].factor, 3) << "as the scenario has it";
}

// A slider says how many workers there are, so nothing else does.
TEST(ServedStudy, WorkersStayAsManyAsTheSliderSays) {
  const ServedStudy study(R"(
tandem: 1
name: more
question: When do more workers come?
workload:
  model: {name: profile, parameters: 1000, flops_per_sample: 1Mflop}
  batch: {global: 8}
  stop: {steps: 5}
cluster: {workers: 2}
elastic: [{at: step 3, workers: 4}]
)",
                          "more.yaml", "", "workers");
  EXPECT_TRUE(study.scenario_in({{"workers", 8}}).elastic.empty());
}

TEST(ServedStudy, ValuesOutsideTheirBoundsAreRefused) {
  const ServedStudy study = toy("one-slow-worker");
  for (const Json& state :
       {Json{{"workers", 0}}, Json{{"workers", 65}}, Json{{"workers", 2.5}}, Json{{"workers", "2"}},
        Json{{"workers", nullptr}}, Json{{"bandwidth", 0}}, Json{{"bandwidth", 1e300}}, Json{{"latency", -1}},
        Json{{"straggler", 0.5}}, Json{{"strategy", 99}}, Json{{"strategy", -1}}, Json{{"strategy", "{name: ps-sync}"}},
        Json{{"codec", "zip"}}, Json{{"codec", 7}}, Json::array()})
    EXPECT_THROW(study.scenario_in(state), UsageError) << state;
}

TEST(ServedStudy, TheFormulaIsTheClosedForm) {
  const ServedStudy study = toy("two-nodes");
  const Json formula = study.formula({{"bandwidth", 1e9}, {"latency", 1e-6}});
  EXPECT_EQ(formula.at("label"), "allreduce ring");
  // 64 images at 320 images/s on one node; on two, half of them, and the gradients of 25.6 million parameters each way.
  EXPECT_NEAR(point_of(formula, 1).at("step_s"), 64 / 320.0, 1e-9);
  const double gradients_s = 25557032 * 4 * 8 / 1e9;
  EXPECT_NEAR(point_of(formula, 2).at("communication_s"), gradients_s, 0.001 * gradients_s);
  EXPECT_GE(point_of(formula, 2).at("step_s"), gradients_s * 0.999) << "two nodes are slower than one";
  const Json faster = study.formula({{"bandwidth", 1e11}, {"latency", 1e-6}});
  EXPECT_LT(point_of(faster, 2).at("step_s"), point_of(faster, 1).at("step_s"));
}

TEST(ServedStudy, WhatAStrategyRefusesIsSaidPointByPoint) {
  const ServedStudy study = toy("fill-the-bubble");
  const Json formula = study.formula({{"workers", 32}});
  EXPECT_FALSE(point_of(formula, 16).contains("refused"));
  EXPECT_TRUE(point_of(formula, 32).contains("refused")) << "16 layers make no 32 stages";
}

TEST(ServedStudy, ShowsPowersOfTwoAndTheStatesOwn) {
  EXPECT_THAT(ServedStudy::workers_shown(1), ElementsAre(1, 2, 4, 8, 16));
  EXPECT_THAT(ServedStudy::workers_shown(23), ElementsAre(1, 2, 4, 8, 16, 23));
}

TEST(ServedStudy, BandwidthsShownAreTwoInADecadeAndTheStatesOwn) {
  EXPECT_EQ(ServedStudy::bandwidths_shown(1e9).size(), 10u);
  EXPECT_THAT(ServedStudy::bandwidths_shown(2e9), testing::Contains(2e9));
  EXPECT_EQ(ServedStudy::bandwidths_shown(1e6).front(), 1e6);
}

TEST(ServedStudy, DilocoNeedsAnEighthOfTheBandwidthOfARing) {
  const ServedStudy study = toy("diloco");
  const auto at = [](const Json& formula, double bandwidth) {
    for (const Json& point : formula.at("points")) {
      if (point.at("at") == bandwidth) return point;
    }
    return Json();
  };
  EXPECT_EQ(study.description().at("over"), "bandwidth");
  // Strategies: diloco first, the ring third. A ring passes on 7/8 of 400 MB twice.
  const double ring_s = 2 * 7 / 8.0 * 4e8 * 8 / 3e9;
  const Json often = at(study.formula({{"strategy", 2}, {"latency", 1e-7}}), 3e9);
  EXPECT_NEAR(often.at("communication_s"), ring_s, 1e-3 * ring_s);
  const Json rarely = at(study.formula({{"strategy", 0}, {"latency", 1e-7}, {"bandwidth", 3e9 / 8}}), 3e9 / 8);
  EXPECT_NEAR(rarely.at("communication_s"), ring_s, 1e-3 * ring_s);
  EXPECT_NEAR(rarely.at("computation_s"), 1, 1e-9);
}

TEST(ServedStudy, EveryToySaysWhatToTry) {
  for (const Toy& one : toys()) {
    const Json description = toy(one.name).description();
    EXPECT_EQ(description.at("name"), one.name);
    EXPECT_FALSE(description.at("task").get<std::string>().empty());
    EXPECT_GE(description.at("strategies").size(), 3u);
  }
}

}  // namespace
}  // namespace tandem
