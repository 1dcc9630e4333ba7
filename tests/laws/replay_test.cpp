// What the strategy `replay` plays takes the time and sends the messages that its program says, in every world.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "app/run/prepare.h"
#include "app/scenario/loader.h"
#include "app/scenario/program_file.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

// Links of 8 Mbit/s, so that a byte takes a microsecond, with a latency of 1 ms; hosts of 1 Gflop/s.
constexpr double kByte_s = 1e-6, kLatency_s = 1e-3;
// What the simulator takes for simultaneous, and half a barrier of ranks that do not begin together.
constexpr double kExact_s = 1e-8;

class Replayed : public testing::Test {
 protected:
  Scenario scenario(const std::string& program, int workers, const std::string& world = "sim", int steps = 1) {
    folder_.file("program.yaml", program);
    const std::string text = fmt::format(
        "tandem: 1\nname: replayed\nquestion: What is played?\n"
        "workload: {{batch: {{global: 1}}, stop: {{steps: {}}}}}\n"
        "strategy: {{name: replay, program: program.yaml}}\nworld: {}\n"
        "cluster: {{workers: {}, host: {{speed: 1Gflop/s}}, network: {{bandwidth: 8Mbit/s, latency: 1ms}}}}\n",
        steps, world, workers);
    return load_plan(folder_.file("replayed.yaml", text)).points.front().scenario;
  }
  double simulated_s(const std::string& program, int workers) { return run(scenario(program, workers)).time_s; }

  const TemporaryFolder folder_;
};

TEST_F(Replayed, ComputationsAndMessagesTakeTheirTimes) {
  const double time_s = simulated_s(R"(name: two
ranks:
- - {do: compute, time: 3ms}
  - {do: send, to: 1, bytes: 2000B}
- - {do: receive, from: 0, bytes: 2000B}
  - {do: compute, flops: 5Mflop}
)",
                                    2);
  EXPECT_NEAR(time_s, 3e-3 + kLatency_s + 2000 * kByte_s + 5e-3, kExact_s);
}

// The second computation waits for the first alone, and the third for the message: 3 + 1 + 2 ms and 1 ms, beside 20 ms.
TEST_F(Replayed, WhatDoesNotWaitGoesOnBeside) {
  const std::string program = R"(name: beside
ranks:
- - {do: compute, time: 3ms}
  - {do: send, to: 1, bytes: 2000B}
  - {do: compute, time: 20ms, after: [0]}
- - {do: compute, time: 4ms}
  - {do: receive, from: 0, bytes: 2000B, after: []}
  - {do: compute, time: 1ms, after: [0, 1], name: last}
)";
  EXPECT_NEAR(simulated_s(program, 2), 23e-3, kExact_s);
  const std::vector<Span> spans = computations_of(scenario(program, 2)).at(1);
  const auto last = std::ranges::find_if(spans, [](const Span& span) { return span.name == "last"; });
  ASSERT_NE(last, spans.end());
  EXPECT_NEAR(last->end_s, 7e-3, kExact_s);
}

// A message is posted while a computation is under way that it does not wait for.
TEST_F(Replayed, AMessageIsHandedOnBesideAComputation) {
  const double time_s = simulated_s(R"(name: relay
ranks:
- - {do: send, to: 1, bytes: 1000B}
- - {do: receive, from: 0, bytes: 1000B}
  - {do: compute, time: 0s}
  - {do: send, to: 2, bytes: 1000B}
  - {do: compute, time: 3ms, after: []}
- - {do: receive, from: 1, bytes: 1000B}
)",
                                    3);
  EXPECT_NEAR(time_s, 2 * (kLatency_s + 1000 * kByte_s), kExact_s);
}

TEST_F(Replayed, ACollectiveRunsBesideComputationsOfAnotherStream) {
  const std::string program = R"(name: collective
groups: [[0, 2]]
ranks:
- - {do: all-reduce, bytes: 4000B, group: 0, stream: 1}
  - {do: compute, time: 5ms, after: []}
  - {do: compute, time: 2ms, after: [0, 1]}
- - {do: compute, time: 6ms}
- - {do: all-reduce, bytes: 4000B, group: 0}
)";
  // A ring of two: 2 rounds of 2000 bytes.
  EXPECT_NEAR(simulated_s(program, 3), 2 * (kLatency_s + 2000 * kByte_s) + 2e-3, kExact_s);
  const RunResult result = run(scenario(program, 3));
  EXPECT_EQ(result.messages_sent, 4U);
  EXPECT_EQ(result.bytes_sent, 8000U);
}

/// A program that can be played: messages, computations and collectives are dealt out in one order of all ranks.
struct Dealt {
  ReplayProgram program;
  std::uint64_t messages = 0, bytes = 0;
};

Dealt deal(unsigned seed, int ranks, int count) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<int>(random() % n); };
  Dealt dealt;
  dealt.program.name = "dealt";
  dealt.program.groups.emplace_back();
  dealt.program.ranks.resize(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) dealt.program.groups[0].push_back(rank);
  const auto add = [&](int rank, ReplayActivity activity) {
    std::vector<ReplayActivity>& all = dealt.program.ranks[static_cast<std::size_t>(rank)];
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (below(3) == 0) activity.after.push_back(static_cast<std::uint32_t>(i));
    }
    all.push_back(std::move(activity));
  };
  for (int i = 0; i < count; ++i) {
    const int kind = below(8), rank = below(dealt.program.ranks.size());
    if (kind == 0) {
      for (int each = 0; each < ranks; ++each)
        add(each, {.kind = ReplayActivity::Kind::collective,
                   .bytes = 52,
                   .operation = &operation_kind("all-reduce"),
                   .stream = 2});
      continue;
    }
    if (kind < 4 || ranks == 1) {
      add(rank, {.time_s = below(3) * 1e-4, .stream = below(2)});
      continue;
    }
    const int peer = (rank + 1 + below(dealt.program.ranks.size() - 1)) % ranks, tag = below(2);
    const auto bytes = static_cast<std::size_t>(below(4) * 1001);
    add(rank, {.kind = ReplayActivity::Kind::send, .peer = peer, .tag = tag, .bytes = bytes});
    add(peer, {.kind = ReplayActivity::Kind::receive, .peer = rank, .tag = tag, .bytes = bytes});
    ++dealt.messages, dealt.bytes += bytes;
  }
  return dealt;
}

// The traffic of ranks is held to the closed form by every run; this is the program's own.
TEST_F(Replayed, WhateverCanBePlayedEndsInEveryWorldWithTheProgramsMessages) {
  for (const int ranks : {1, 2, 3, 5}) {
    for (const int count : {0, 1, 7, 60}) {
      Dealt dealt = deal(static_cast<unsigned>(100 * ranks + count), ranks, count);
      ASSERT_FALSE(complete_program(dealt.program)) << ranks << ", " << count;
      std::uint64_t collectives = 0;
      for (const ReplayActivity& activity : dealt.program.ranks[0])
        collectives += activity.kind == ReplayActivity::Kind::collective ? 1 : 0;
      const auto n = static_cast<std::uint64_t>(ranks);
      constexpr std::uint64_t kSteps = 2, kAllReduceBytes = 52;
      for (const std::string& world : worlds_for(ranks)) {
        const RunResult result = run(scenario(program_text(dealt.program), ranks, world, kSteps));
        EXPECT_EQ(result.messages_sent, kSteps * (dealt.messages + collectives * n * 2 * (n - 1))) << world;
        EXPECT_EQ(result.bytes_sent, kSteps * (dealt.bytes + collectives * 2 * (n - 1) * kAllReduceBytes)) << world;
      }
    }
  }
}

TEST_F(Replayed, IsTheSameEventsWhenSimulatedAgain) {
  const std::string program = program_text(deal(3, 5, 60).program);
  EXPECT_EQ(run(scenario(program, 5)).event_digest, run(scenario(program, 5)).event_digest);
}

TEST_F(Replayed, NeedsAsManyWorkersAsRanksAndNoModel) {
  const auto refusal_of = [](const Scenario& scenario) {
    const Prepared prepared = prepare(Plan{.name = "replayed", .points = {{.scenario = scenario}}});
    EXPECT_TRUE(prepared.runs.empty());
    return prepared.points.front().skipped.value_or("");
  };
  Scenario wrong = scenario("name: none\nranks: [[]]\n", 2);
  EXPECT_NE(refusal_of(wrong).find("the program has 1 ranks, and the cluster 2 workers"), std::string::npos);
  wrong.cluster.workers = 1;
  wrong.workload.model.profile.front().parameters = 1;
  EXPECT_NE(refusal_of(wrong).find("takes no workload.model"), std::string::npos);
}

}  // namespace
}  // namespace tandem::laws
