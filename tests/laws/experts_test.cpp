// Experts that are dealt out: messages, bytes, time and memory are what can be counted by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

constexpr std::uint64_t kExperts = 12, kPerToken = 2, kTokens = 6, kWidth = 5, kOfExperts = 60 * kExperts,
                        kShared = 2 * 131 + 2 * 7 + 23, kBatch = 26;
constexpr double kForwardFlops = 9e6, kExpertFlops = 4e6;

/// Two layers with experts between and behind three others; odd sizes, so that chunks and parts are uneven.
Scenario mixture(const std::string& options, int workers, const std::string& world = "sim") {
  Scenario scenario = phantom(fmt::format("{{name: expert{}}}", options), workers, 0, 0, 0);
  scenario.world = world;
  if (world != "sim") scenario.payload = Payload::numeric;
  for (const bool has_experts : {false, true, false, true, false}) {
    ProfileLayer layer{.name = "layer",
                       .parameters = has_experts ? kOfExperts + 7 : 131,
                       .forward_flops_per_sample = kForwardFlops,
                       .backward_flops_per_sample = 2 * kForwardFlops,
                       .activations_per_sample = kTokens * kWidth};
    if (has_experts) layer.experts = {{kExperts, kPerToken, kOfExperts}, kTokens, kWidth, kExpertFlops};
    scenario.workload.model.profile.push_back(layer);
  }
  scenario.workload.model.profile.back().parameters = 23;
  scenario.workload.batch = {.global = kBatch};
  return scenario;
}

Job job_of(const Scenario& scenario) {
  return make_job(scenario.workload, scenario.strategy, scenario.cluster.workers, 7, nullptr,
                  scenario.cluster.ranks_per_node);
}

struct Degrees {
  std::uint64_t workers, degree;
};
std::ostream& operator<<(std::ostream& out, const Degrees& degrees) {
  return out << degrees.workers << "w" << degrees.degree;
}

class ExpertsOf : public testing::TestWithParam<Degrees> {};

// The busiest worker has the n-th part of 26 samples, rounded up; an expert takes two twelfths of its tokens.
TEST_P(ExpertsOf, SendTokensInTheGroupAndGradientsToAllWhoHoldThem) {
  const auto [n, e] = GetParam();
  const std::uint64_t samples = (kBatch + n - 1) / n, capacity = samples * kTokens * kPerToken / kExperts;
  for (const std::string& world : worlds_for(static_cast<int>(n))) {
    const RunResult result = run(mixture(fmt::format(", degree: {}", e), static_cast<int>(n), world));
    const std::uint64_t exchanges = e == 1 ? 0 : 4 * 2, replicas = n / e;
    EXPECT_EQ(result.messages_sent, result.steps * n * (exchanges * e + 2 * (n - 1) + 2 * (replicas - 1))) << world;
    const std::uint64_t tokens = n * exchanges * kExperts * capacity * kWidth;
    const std::uint64_t gradients = 2 * (n - 1) * kShared + 2 * (replicas - 1) * 2 * kOfExperts;
    EXPECT_EQ(result.bytes_sent, result.steps * 4 * (tokens + gradients)) << world;
    EXPECT_EQ(result.samples, result.steps * kBatch) << world;
  }
}

INSTANTIATE_TEST_SUITE_P(Degrees, ExpertsOf,
                         testing::Values(Degrees{1, 1}, Degrees{2, 2}, Degrees{3, 1}, Degrees{3, 3}, Degrees{4, 2},
                                         Degrees{6, 2}, Degrees{6, 3}, Degrees{8, 4}, Degrees{12, 12}, Degrees{13, 1}),
                         [](const auto& test) { return fmt::format("{}w{}", test.param.workers, test.param.degree); });

TEST(Experts, OfOneGroupPerWorkerSendAndTakeWhatAllReduceDoes) {
  const RunResult expert = run(mixture(", degree: 1", 4));
  Scenario scenario = mixture("", 4);
  scenario.strategy = parse_strategy("allreduce");
  const RunResult allreduce = run(scenario);
  EXPECT_EQ(expert.bytes_sent, allreduce.bytes_sent);
  EXPECT_EQ(expert.messages_sent, 2 * allreduce.messages_sent);
}

TEST(Experts, AreDealtOutAsFarAsBothNumbersAllow) {
  for (const auto& [workers, degree] : {std::pair{8, 4}, {12, 12}, {10, 2}, {5, 1}, {24, 12}}) {
    EXPECT_EQ(run(mixture("", workers)).bytes_sent,
              run(mixture(fmt::format(", degree: {}", degree), workers)).bytes_sent)
        << workers;
  }
}

TEST(Experts, TakeTokensByTheirCapacity) {
  const auto tokens = [](const std::string& options) {
    const RunResult with = run(mixture(", degree: 2" + options, 2)), none = run(mixture(", degree: 1", 2));
    // Degree 1 sums the experts' gradients, too.
    return with.bytes_sent / with.steps - none.bytes_sent / none.steps + 4 * 2 * 2 * kOfExperts;
  };
  const auto values_of = [](std::uint64_t capacity) { return 2 * 8 * kExperts * capacity * kWidth * 4; };
  EXPECT_EQ(tokens(""), values_of(13)) << "13 samples of 6 tokens, 2 of 12 experts";
  EXPECT_EQ(tokens(", capacity_factor: 1.25"), values_of(17)) << "16.25, rounded up";
  EXPECT_EQ(tokens(", capacity_factor: 3"), values_of(39));
  EXPECT_EQ(tokens(", all_to_all: pairwise"), values_of(13));
}

// A step's computation, eight all-to-alls and two all-reduces; in full recomputation four all-to-alls more.
TEST(Experts, TakeTheTimeOfTheirFormula) {
  constexpr std::uint64_t kWorkers = 8, kDegree = 4, kSamples = 12;
  for (const double capacity_factor : {1.0, 2.5}) {
    for (const Recomputation recompute : {Recomputation::none, Recomputation::full}) {
      Scenario scenario = mixture(fmt::format(", degree: {}, capacity_factor: {}", kDegree, capacity_factor), kWorkers);
      scenario.workload.batch = {.per_worker = kSamples};
      scenario.workload.model.recompute = recompute;
      for (ProfileLayer& layer : scenario.workload.model.profile) layer.kept = KeptBytes{};
      scenario.workload.model.profile.back().parameters += kWorkers - kShared % kWorkers;
      const std::uint64_t shared = kShared + kWorkers - kShared % kWorkers, own = 2 * kOfExperts / kDegree;
      const bool is_anew = recompute == Recomputation::full;
      const double besides = 5 * kForwardFlops - 2 * kExpertFlops, inside = 2 * kExpertFlops * capacity_factor;
      const double compute_s = kSamples * (is_anew ? 4 : 3) * (besides + inside) / scenario.cluster.speed_flops_per_s;
      const Network& network = scenario.cluster.network;
      const auto take_s = [&](double messages, double values) {
        return messages * network.latency_s + values * 4 / network.bandwidth_bytes_per_s;
      };
      const double dispatched = kSamples * kTokens * kPerToken * kWidth * capacity_factor;
      const double all_to_all_s = take_s(1, dispatched * (kDegree - 1) / kDegree);
      const double sums_s = take_s(2 * (kWorkers - 1), 2.0 * (kWorkers - 1) * shared / kWorkers) + take_s(2, own);
      const double law_s = compute_s + (is_anew ? 12 : 8) * all_to_all_s + sums_s;
      EXPECT_NEAR(run(scenario).step_s / law_s, 1, 1e-6) << capacity_factor << (is_anew ? " full" : "");
    }
  }
}

TEST(Experts, SumGradientsByAnyCollectiveOnAnyNodes) {
  for (const char* collective : {"hierarchical", "torus", "halving-doubling", "naive"}) {
    for (const int ranks_per_node : {1, 2, 3, 4, 6}) {
      const bool knows_nodes = std::string(collective) == "hierarchical";
      if (knows_nodes && (ranks_per_node == 1 || ranks_per_node == 3)) continue;  // refused
      Scenario scenario = mixture(fmt::format(", degree: 2, collective: {}", collective), 12);
      scenario.cluster.ranks_per_node = ranks_per_node;
      EXPECT_GT(run(scenario).bytes_sent, 0u) << "each run holds its traffic to the closed form";
    }
  }
}

TEST(Experts, LeaveAnEthOfThemselvesOnEachWorker) {
  for (const std::uint64_t e : {1, 2, 3, 6}) {
    Scenario scenario = mixture(fmt::format(", degree: {}, capacity_factor: 2", e), 6);
    scenario.workload.batch = {.per_worker = 4};
    scenario.workload.optimizer.kind = OptimizerKind::adam;
    scenario.workload.model.profile[1].kept = KeptBytes{{.whole = 100, .cut = 10, .pairs = 1}, 0};
    const Job job = job_of(scenario);
    const Memory memory = strategy_of(job.strategy).memory(job, 5).value();
    EXPECT_EQ(memory.state(), 16.0 * (kShared + 2 * kOfExperts / e)) << e;
    // Four layers keep what they hand on and its gradient; the other what it says, with twice as much in its experts.
    EXPECT_EQ(memory.activations, 4 * (4 * 8.0 * kTokens * kWidth + 100 + 2 * 10 + 1)) << e;
    EXPECT_EQ(memory.room, e == 1 ? 0 : 2 * 4.0 * kExperts * 8 * kWidth) << "eight tokens an expert, out and in";
  }
}

TEST(Experts, ThatCannotBeDealtOutAreRefusedWithTheReason) {
  const auto reason = [](const Scenario& scenario) {
    const Job job = job_of(scenario);
    return strategy_of(job.strategy).refusal(job).value_or("");
  };
  const auto expect_because = [&](const Scenario& scenario, const std::string& because) {
    EXPECT_NE(reason(scenario).find(because), std::string::npos) << reason(scenario);
  };
  EXPECT_EQ(reason(mixture(", degree: 3", 6)), "");
  expect_because(mixture(", degree: 4", 6), "6 workers cannot be shared out to groups of 4");
  expect_because(mixture(", degree: 5", 5), "the 12 experts of layer cannot be dealt out evenly to 5 ranks");
  expect_because(mixture(", capacity_factor: 0.5", 6), "turn away tokens");
  Scenario too_far = mixture("", 6);
  too_far.workload.model.profile[1].experts.per_token = 13;
  expect_because(too_far, "cannot pass 13 of the 12 experts");
  Scenario uneven = mixture(", degree: 2, collective: hierarchical", 12);
  uneven.cluster.ranks_per_node = 3;
  expect_because(uneven, "groups of 2 and nodes of 3 do not fit");
  Scenario none = mixture("", 6);
  for (ProfileLayer& layer : none.workload.model.profile) layer.experts = {};
  expect_because(none, "no layer of the model has experts");
  Scenario too_many = mixture("", 6);
  too_many.workload.model.profile[1].experts.parameters += 8;
  expect_because(too_many, "more than the whole layer");
}

}  // namespace
}  // namespace tandem::laws
