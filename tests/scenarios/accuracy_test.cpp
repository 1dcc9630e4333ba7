// Fashion-MNIST to the accuracies that its models are known for, with every synchronous strategy.
#include <gtest/gtest.h>

#include <set>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

// Three epochs instead of four, and each strategy at one size.
TEST(FashionAccuracy, EverySynchronousStrategyReachesIt) {
  if (const std::string reason = fashion_mnist_is_missing(); !reason.empty()) GTEST_SKIP() << reason;
  const std::vector<std::string> shorter = {"workload.stop.epochs=3", "report=[]"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), shorter.begin(), shorter.end());
    return run_scenario("fashion-accuracy", more).runs;
  };
  Table runs = with({"cluster.workers=1", "sweep.grid.strategy=[{name: single}, {name: pipeline, microbatches: 4}]"});
  for (Row& run : with({"cluster.workers=2"})) runs.push_back(std::move(run));

  std::multiset<std::string> softmax, mlp;
  for (const Row& run : runs) {
    const bool is_mlp = run.at("workload.model").find("mlp") != std::string::npos;
    (is_mlp ? mlp : softmax).insert(run.at("strategy") + " " + run.at("workers"));
    const double accuracy = number(run, "validation_accuracy");
    EXPECT_GE(accuracy, is_mlp ? 0.86 : 0.82) << run.at("strategy_label");
    EXPECT_LE(accuracy, is_mlp ? 0.90 : 0.85) << run.at("strategy_label");
  }
  EXPECT_EQ(softmax, (std::multiset<std::string>{"single 1", "pipeline 1", "allreduce 2", "ps-sync 2"}));
  EXPECT_EQ(mlp, (std::multiset<std::string>{"single 1", "pipeline 1", "allreduce 2", "ps-sync 2", "pipeline 2"}));
}

}  // namespace
}  // namespace tandem
