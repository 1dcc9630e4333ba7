// Codecs on exchanges: the bytes that travel, the same bits in every world, and what is refused.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "core/config/diagnostics.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

// small_mlp: 794 parameters in 9 layers, so 18 tensors. Rank 1 factors 8 of its matrices, whose rows and columns are
// 154; the ninth and the biases are 88 values.
struct Coded {
  std::string codec;
  std::uint64_t bytes;  ///< in a message
  bool sums_in_flight;
  std::uint64_t parts = 1;
};

void PrintTo(const Coded& coded, std::ostream* out) { *out << coded.codec; }

const Coded kCoded[] = {
    {"fp16", 2 * 794, true},
    {"bf16", 2 * 794, true},
    {"qsgd", 2 * 4 + 794, false},
    {"{name: qsgd, bits: 2, scale: norm}", 2 * 4 + 199, false},
    {"sign", 18 * 4 + 100, false},
    {"{name: sign, combine: vote}", 18 * 4 + 100, false},
    {"{name: top-k, ratio: 0.1}", 8 * 80, false},
    {"{name: random-k, ratio: 0.1}", 4 * 80, true},
    {"{name: powersgd, rank: 1}", 4 * (154 + 88), true, 2},
    {"{name: powersgd, rank: 1, warm_start: false, error_feedback: false}", 4 * (154 + 88), true, 2}};

class CodedExchange : public testing::TestWithParam<std::tuple<Coded, int>> {
 protected:
  /// In each of the worlds: these messages and bytes in all, and one digest.
  void expect(const std::string& strategy, std::uint64_t messages, std::uint64_t bytes,
              const std::vector<std::string>& worlds = {"threads", "sim"}) {
    std::string digest;
    for (const std::string& world : worlds) {
      const RunResult result = run(small_mlp(strategy, std::get<1>(GetParam()), world));
      EXPECT_EQ(result.messages_sent, messages) << world << ", " << strategy;
      EXPECT_EQ(result.bytes_sent, bytes) << world << ", " << strategy;
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << world << ", " << strategy;
      EXPECT_TRUE(std::isfinite(result.train_loss)) << strategy;
    }
  }
};

TEST_P(CodedExchange, SumsInFlightOrGathers) {
  const auto& [coded, workers] = GetParam();
  const auto n = static_cast<std::uint64_t>(workers);
  constexpr std::uint64_t kSteps = 6;
  // A ring's all-reduce moves each byte 2 (n-1) times, its all-gather takes each message to n-1 others.
  const std::uint64_t messages = coded.sums_in_flight ? 2 * (n - 1) * n * coded.parts : (n - 1) * n;
  const std::uint64_t bytes = coded.sums_in_flight ? 2 * (n - 1) * coded.bytes : (n - 1) * n * coded.bytes;
  const std::vector<std::string> worlds = n == 1 ? std::vector<std::string>{"threads"} : runnable_worlds();
  expect("{name: allreduce, codec: " + coded.codec + "}", kSteps * messages, kSteps * bytes, worlds);
  // Averages are after steps 4 and 6.
  expect("{name: local-sgd, period: 4, codec: " + coded.codec + "}", 2 * messages, 2 * bytes);
}

TEST_P(CodedExchange, PushesAndPulls) {
  const auto& [coded, workers] = GetParam();
  const auto n = static_cast<std::uint64_t>(workers);
  expect("{name: ps-sync, codec: " + coded.codec + "}", 6 * 2 * n, 6 * 2 * n * coded.bytes);
}

TEST_P(CodedExchange, TellsNeighboursAndServersWhatHasChanged) {
  const auto& [coded, workers] = GetParam();
  const auto n = static_cast<std::uint64_t>(workers);
  if (coded.codec.find("vote") != std::string::npos) return;  // refused
  // Two neighbours, of three workers; three rounds have all clients up and all but the last one's down.
  const std::uint64_t told = 6 * n * (n - 1), clients = 3 * n + 2 * n;
  expect("{name: gossip, codec: " + coded.codec + "}", told, told * coded.bytes);
  expect("{name: fedavg, period: 2, fraction: 1, codec: " + coded.codec + "}", clients, clients * coded.bytes);
}

INSTANTIATE_TEST_SUITE_P(All, CodedExchange, testing::Combine(testing::ValuesIn(kCoded), testing::Values(1, 3)));

struct Scattered {
  std::string codec;
  std::uint64_t bytes;  ///< for the longest of three parts: 265 values of 6 tensors
};

void PrintTo(const Scattered& scattered, std::ostream* out) { *out << scattered.codec; }

class CodedScatters : public testing::TestWithParam<Scattered> {};

TEST_P(CodedScatters, BringPartsToTheirOwnersAndBack) {
  const auto& [codec, bytes] = GetParam();
  // Three messages per worker, one of them to itself, to the owners; and by a ring two back, in stage 3 twice.
  for (const auto& [stage, gathers] : {std::pair{1, 1U}, {2, 1U}, {3, 2U}}) {
    std::string digest;
    const std::vector<std::string> two{"threads", "sim"};
    for (const std::string& world : stage == 2 ? runnable_worlds() : two) {
      const RunResult result =
          run(small_mlp(fmt::format("{{name: zero, stage: {}, codec: {}}}", stage, codec), 3, world));
      EXPECT_EQ(result.messages_sent, 6 * 3 * (3 + 2 * gathers)) << world;
      EXPECT_EQ(result.bytes_sent, 6 * 3 * (3 + 2 * gathers) * bytes) << world;
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << world;
      EXPECT_LT(result.train_loss, 1e3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CodedScatters,
                         testing::Values(Scattered{"fp16", 2 * 265}, Scattered{"bf16", 2 * 265},
                                         Scattered{"qsgd", 4 + 265}, Scattered{"{name: qsgd, bits: 4}", 4 + 133}));

RunResult run_with(const std::string& strategy, int workers, const std::string& world = "threads") {
  return run(small_mlp(strategy, workers, world));
}

TEST(CodedSums, OfAllValuesAreTheUncodedSum) {
  // Messages that are decoded are summed in rank order, as the naive collective does; those that are not, by the ring.
  EXPECT_EQ(run_with("{name: allreduce, codec: {name: top-k, ratio: 1}}", 5).parameters_sha256,
            run_with("{name: allreduce, collective: naive}", 5).parameters_sha256);
  EXPECT_EQ(run_with("{name: allreduce, codec: {name: random-k, ratio: 1}}", 5).parameters_sha256,
            run_with("{name: allreduce}", 5).parameters_sha256);
  const RunResult plain = run_with("ps-sync", 3),
                  coded = run_with("{name: ps-sync, codec: {name: top-k, ratio: 1}}", 3);
  EXPECT_LT(largest_distance(plain.parameters, coded.parameters), 1e-6) << "to the rounding of differences";
}

TEST(CodedSums, ToldWholeAreTheUncodedRunToRounding) {
  for (const char* exchange :
       {"name: zero, collective: direct", "name: zero, stage: 2, bucket: 512B, overlap: true", "name: gossip",
        "name: gossip, graph: complete, consensus_rate: 0.5", "name: fedavg, period: 2, fraction: 0.5"}) {
    const RunResult plain = run_with(fmt::format("{{{}}}", exchange), 4),
                    coded = run_with(fmt::format("{{{}, codec: {{name: top-k, ratio: 1}}}}", exchange), 4);
    EXPECT_LT(largest_distance(plain.parameters, coded.parameters), 1e-5) << exchange;
    EXPECT_NE(plain.bytes_sent, coded.bytes_sent) << exchange;
  }
}

TEST(CodedSums, WithoutAnythingCodedAreTheUncodedRun) {
  for (const char* exchange : {"name: allreduce, bucket: 512B, overlap: true", "name: ps-sync, servers: 2",
                               "name: ps-async, staleness: 0", "name: local-sgd, period: 2", "name: zero, bucket: 512B",
                               "name: gossip", "name: fedavg, period: 2", "name: backup-workers, backups: 0"}) {
    for (const char* codec : {"sign", "powersgd, rank: 1", "fp16"}) {
      const RunResult plain = run_with(fmt::format("{{{}}}", exchange), 3);
      const RunResult coded = run_with(fmt::format("{{{}, codec: {{name: {}, warm_up: 6}}}}", exchange, codec), 3);
      EXPECT_EQ(coded.parameters_sha256, plain.parameters_sha256) << exchange << ", " << codec;
      EXPECT_EQ(coded.bytes_sent, plain.bytes_sent);
    }
  }
}

TEST(CodedSums, WarmUpIsChargedAsWhatItSends) {
  // Two steps of 4 bytes per value, four of 2.
  for (const std::string& world : runnable_worlds()) {
    EXPECT_EQ(run_with("{name: allreduce, codec: {name: fp16, warm_up: 2}}", 3, world).bytes_sent,
              2 * 2 * (2 * 4 + 4 * 2) * 794U);
    EXPECT_EQ(run_with("{name: ps-sync, codec: {name: fp16, warm_up: 2}}", 3, world).bytes_sent,
              3 * 2 * (2 * 4 + 4 * 2) * 794U);
  }
}

TEST(CodedSums, RunOnEveryExchangeWithEveryOption) {
  for (const char* strategy :
       {"{name: allreduce, collective: halving-doubling, bucket: 512B, overlap: true, codec: fp16}",
        "{name: allreduce, collective: recursive-doubling, codec: bf16}",
        "{name: allreduce, collective: direct, codec: sign}", "{name: allreduce, collective: naive, codec: fp16}",
        "{name: allreduce, collective: auto, accumulate: 2, codec: qsgd}",
        "{name: allreduce, bucket: 300B, codec: {name: powersgd, rank: 1}}",
        "{name: ps-sync, servers: 3, placement: colocated, overlap: true, codec: {name: powersgd, rank: 1}}",
        "{name: ps-sync, servers: 4, codec: {name: sign, combine: vote}}"}) {
    EXPECT_EQ(run_with(strategy, 4, "threads").parameters_sha256, run_with(strategy, 4, "sim").parameters_sha256)
        << strategy;
  }
}

// Nobody waits for all: bits differ from world to world, and what holds is that they train.
TEST(CodedSums, TrainWhereNobodyWaitsForAll) {
  for (const char* codec : {"fp16", "qsgd", "sign", "{name: top-k, ratio: 0.2}", "{name: random-k, ratio: 0.2}",
                            "{name: powersgd, rank: 1, warm_up: 2}"}) {
    for (const char* exchange : {"name: ps-async, servers: 2", "name: backup-workers", "name: ad-psgd",
                                 "name: gossip, consensus_rate: 0.5", "name: zero, stage: 2"}) {
      for (const char* world : {"threads", "sim"}) {
        Scenario scenario = small_mlp(fmt::format("{{{}, codec: {}}}", exchange, codec), 4, world);
        scenario.workload.optimizer = {.lr = 0.01};
        scenario.workload.stop.steps = 40;
        EXPECT_LT(run(scenario).train_loss, 0.7 * run_with("single", 1).step_rows.front().train_loss)
            << exchange << ", " << codec << ", " << world;
      }
    }
  }
}

TEST(CodedSums, AreChargedToTheHost) {
  for (const char* codec : {"fp16", "qsgd", "sign", "top-k", "random-k", "powersgd"}) {
    Scenario scenario = phantom(fmt::format("{{name: allreduce, codec: {}}}", codec), 4, 4'000'000, 4, 1e6);
    scenario.cluster.network.bandwidth_bytes_per_s = 1e15;
    scenario.cluster.network.latency_s = 0;
    scenario.cluster.memory_bandwidth_bytes_per_s = 1e10;
    const double slow_s = run(scenario).time_s;
    scenario.cluster.memory_bandwidth_bytes_per_s = 1e14;
    scenario.cluster.speed_flops_per_s = 1e15;
    EXPECT_GT(slow_s, 10 * run(scenario).time_s) << codec;
  }
}

TEST(CodedSums, RefuseWhatHasNoMeaning) {
  const auto job = [](const std::string& text) {
    const Scenario scenario = small_mlp(text, 2, "sim");
    static const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    return make_job(scenario.workload, scenario.strategy, 2, 7, &data);
  };
  const auto refusal = [&](const std::string& text) {
    const Job made = job(text);
    return strategy_of(made.strategy).refusal(made).value_or("");
  };
  for (const char* name : {"ps-async", "backup-workers", "gossip", "ad-psgd", "fedavg"}) {
    const std::string vote = fmt::format("{{name: {}, codec: {{name: sign, combine: vote}}}}", name);
    EXPECT_NE(refusal(vote).find("a vote needs those of all workers"), std::string::npos) << name;
  }
  EXPECT_EQ(refusal("{name: zero, codec: {name: sign, combine: vote}}"), "");
  for (const char* codec : {"sign", "top-k", "random-k", "{name: powersgd, rank: 1}"}) {
    const std::string anew = fmt::format("{{name: zero, stage: 3, codec: {}}}", codec);
    EXPECT_NE(refusal(anew).find("tells of changes alone"), std::string::npos) << codec;
  }
  EXPECT_NE(refusal("{name: gossip, graph: random, codec: fp16}").find("others in each step"), std::string::npos);
  EXPECT_NE(refusal("{name: allreduce, codec: {name: powersgd, rank: 8}}").find("no matrix"), std::string::npos);
  EXPECT_EQ(refusal("{name: ps-async, codec: sign}"), "");
  for (const char* text :
       {"{name: allreduce, codec: {name: top-k, ratio: 0}}", "{name: allreduce, codec: {name: top-k, ratio: 1.1}}",
        "{name: allreduce, codec: {name: qsgd, bits: 3}}", "{name: allreduce, codec: {name: fp16, ratio: 0.1}}",
        "{name: allreduce, codec: gzip}", "{name: pipeline, codec: fp16}", "{name: single, codec: fp16}",
        "{name: allreduce, codec: {name: powersgd, rank: 0}}", "{name: allreduce, codec: {name: qsgd, warm_up: -1}}",
        "{name: allreduce, codec: {name: fp16, error_feedback: true}}",
        "{name: allreduce, codec: {name: fp16, scale_log2: 25}}"}) {
    EXPECT_THROW(parse_strategy(text), ScenarioError) << text;
  }
}

}  // namespace
}  // namespace tandem::laws
