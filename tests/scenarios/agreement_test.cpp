// The claims of the shipped scenarios on what workers send each other, and how often they agree.
#include <gtest/gtest.h>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

using Codecs = OnFashionMnist;

TEST_F(Codecs, WithErrorFeedbackOnePerCentOfTheValuesTrainsAsWellAndWithoutItDoesNot) {
  const Study study = run_scenario("codecs", {"report=[]"});
  ASSERT_EQ(study.runs.size(), 9U);
  const auto run = [&](const std::string& codec) {
    return only_row(study.runs, {{"strategy_label", "allreduce ring" + codec}});
  };
  const Row full = run("");
  const auto loss = [](const Row& row) { return number(row, "train_loss"); };
  const auto bytes = [&](const std::string& codec) {
    return number(run(codec), "bytes_sent") / number(full, "bytes_sent");
  };
  for (const char* codec :
       {" fp16", " qsgd 8 bits", " qsgd 2 bits", " sign", " top-k 1 %", " random-k 10 %", " powersgd r=2"}) {
    EXPECT_LT(loss(run(codec)), 1.10 * loss(full)) << codec;
  }
  EXPECT_GT(loss(run(" top-k 1 % without feedback")), 1.3 * loss(run(" top-k 1 %")));

  EXPECT_EQ(bytes(" fp16"), 0.5);
  EXPECT_NEAR(bytes(" qsgd 8 bits"), 1, 0.01) << "eight workers gather what a ring sums in two rounds";
  EXPECT_LT(bytes(" powersgd r=2"), 0.05);
  for (const char* codec : {" sign", " top-k 1 %", " random-k 10 %", " powersgd r=2"}) {
    EXPECT_LT(number(run(codec), "time_s"), 0.25 * number(full, "time_s")) << codec;
  }
}

using Averaging = OnFashionMnist;

TEST_F(Averaging, RarerAgreementCostsLossAndSavesSeconds) {
  const Study study = run_scenario("averaging", {"report=[]"});
  ASSERT_EQ(study.runs.size(), 7U);
  const Row& synchronous = study.runs.front();
  for (std::size_t i = 1; i < study.runs.size(); ++i) {
    const Row& other = study.runs[i];
    EXPECT_EQ(number(other, "samples"), number(synchronous, "samples"));
    EXPECT_LT(number(other, "validation_loss"), 1.15 * number(synchronous, "validation_loss"))
        << other.at("strategy_label");
    // A worker with two neighbours sends two models, as many as a ring takes to sum everyone's.
    const bool is_gossip = other.at("strategy") == "gossip";
    EXPECT_EQ(number(other, "time_s") < 0.25 * number(synchronous, "time_s"), !is_gossip) << other.at("strategy_label");
  }
}

}  // namespace
}  // namespace tandem
