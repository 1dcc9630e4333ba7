// Many ranks.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>

#include "tests/sim/simulate.h"

namespace tandem {
namespace {

class ManyRanks : public ::testing::TestWithParam<int> {};

TEST_P(ManyRanks, RingStepsTakeAlphaBeta) {
  constexpr int kSteps = 3;
  const int ranks = GetParam();
  const Simulated run = simulate(
      small_cluster(ranks), static_cast<std::size_t>(ranks), [&](Endpoint& endpoint, std::vector<double>& values) {
        const int next = (endpoint.rank() + 1) % ranks, previous = (endpoint.rank() + ranks - 1) % ranks;
        for (int step = 0; step < kSteps; ++step) {
          const Op op = endpoint.isend(next, 0, {}, phantom(2500));
          receive(endpoint, previous, 0, phantom(2500));
          endpoint.wait_any({&op, 1}, kNoDeadline);
        }
        values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
      });
  EXPECT_EQ(run.failure, "");
  const double expected_s = kSteps * (kLatency_s + 10000 / kBandwidth_bytes_per_s);
  for (const double time : run.values) EXPECT_NEAR(time, expected_s, expected_s * 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Ranks, ManyRanks, ::testing::Values(2, 3, 1024, 4096));

TEST(Scale, AServerHearsAThousandWorkers) {
  constexpr int kWorkers = 1023, kSteps = 3;
  const Simulated run = simulate(small_cluster(kWorkers + 1), 1, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() > 0) {
      for (int step = 0; step < kSteps; ++step) {
        send(endpoint, 0, 0, phantom(25));
        receive(endpoint, 0, 1, phantom(25));
      }
      return;
    }
    std::vector<Op> ops;
    for (int worker = 1; worker <= kWorkers; ++worker) ops.push_back(endpoint.irecv(worker, 0, nullptr, phantom(25)));
    std::vector<int> steps(kWorkers);
    for (int message = 0; message < kWorkers * kSteps; ++message) {
      const std::size_t index = endpoint.wait_any(ops, kNoDeadline).index;
      const int worker = static_cast<int>(index) + 1;
      const bool is_last = ++steps[index] == kSteps;
      ops[index] = is_last ? Op{} : endpoint.irecv(worker, 0, nullptr, phantom(25));
      send(endpoint, worker, 1, phantom(25));
      values[0] += 1;
    }
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values[0], kWorkers * kSteps);
}

// What the simulations of this test took so far: processor seconds, and the most memory of one of them.
struct Taken {
  double processor_s = 0;
  double most_bytes = 0;
};

Taken taken_by_simulations() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), 1024.0 * static_cast<double>(usage.ru_maxrss)};
}

void send_around(Endpoint& endpoint) {
  const int ranks = endpoint.size(), next = (endpoint.rank() + 1) % ranks;
  for (int round = 0; round < 2 * (ranks - 1); ++round) {
    const Op op = endpoint.isend(next, 0, {}, phantom(2500));
    receive(endpoint, (endpoint.rank() + ranks - 1) % ranks, 0, phantom(2500));
    endpoint.wait_any({&op, 1}, kNoDeadline);
  }
}

// Each step takes every worker a time of its own, so that the server's link is shared anew at each message.
void push_and_pull(Endpoint& endpoint) {
  constexpr int kSteps = 8;
  const int workers = endpoint.size() - 1;
  if (endpoint.rank() > 0) {
    for (int step = 0; step < kSteps; ++step) {
      endpoint.compute({.flops = 1e6 * (endpoint.rank() * 7919 % 1009 + 1)}, [] {});
      send(endpoint, 0, 0, phantom(2500));
      receive(endpoint, 0, 1, phantom(2500));
    }
    return;
  }
  // The push of each worker, and then the answers.
  std::vector<Op> ops(2 * static_cast<std::size_t>(workers));
  const auto count = static_cast<std::size_t>(workers);
  for (std::size_t i = 0; i < count; ++i) ops[i] = endpoint.irecv(static_cast<int>(i) + 1, 0, nullptr, phantom(2500));
  std::vector<int> steps(count);
  for (int message = 0; message < 2 * workers * kSteps; ++message) {
    const std::size_t index = endpoint.wait_any(ops, kNoDeadline).index;
    ops[index] = {};
    if (index >= count) continue;
    const int worker = static_cast<int>(index) + 1;
    if (++steps[index] < kSteps) ops[index] = endpoint.irecv(worker, 0, nullptr, phantom(2500));
    ops[count + index] = endpoint.isend(worker, 1, {}, phantom(2500));
  }
}

void pass_micro_batches(Endpoint& endpoint) {
  constexpr int kMicroBatches = 64;
  for (int i = 0; i < kMicroBatches; ++i) {
    if (endpoint.rank() > 0) receive(endpoint, endpoint.rank() - 1, 0, phantom(2500));
    endpoint.compute({.flops = 1e5}, [] {});
    if (endpoint.rank() + 1 < endpoint.size()) send(endpoint, endpoint.rank() + 1, 0, phantom(2500));
  }
}

struct Pattern {
  const char* name;
  void (*play)(Endpoint& endpoint);
  double exponent;  ///< that the number of messages has in the number of ranks
  int fewer, more;  ///< ranks that take long enough to be measured
};

void PrintTo(const Pattern& pattern, std::ostream* out) { *out << pattern.name; }

class Growth : public ::testing::TestWithParam<Pattern> {};

// The exponent has room for caches, which hold fewer of more ranks, and for a machine that does other things: an
// algorithm that looks through all ranks at each message has one more.
TEST_P(Growth, TimeGrowsAsMessagesDoAndMemoryByAFewPagesPerRank) {
  const auto taken_by = [](int ranks) {
    const Taken before = taken_by_simulations();
    const auto body = [](Endpoint& endpoint, std::vector<double>&) { GetParam().play(endpoint); };
    EXPECT_EQ(simulate(small_cluster(ranks), 1, body).failure, "");
    const Taken after = taken_by_simulations();
    return Taken{after.processor_s - before.processor_s, after.most_bytes};
  };
  const Pattern& pattern = GetParam();
  const Taken few = taken_by(pattern.fewer), many = taken_by(pattern.more);
  const double factor = static_cast<double>(pattern.more) / pattern.fewer;
  EXPECT_LT(std::log(many.processor_s / few.processor_s) / std::log(factor), pattern.exponent + 0.6);
  EXPECT_LT((many.most_bytes - few.most_bytes) / (pattern.more - pattern.fewer), 24 * 1024);
}

INSTANTIATE_TEST_SUITE_P(Patterns, Growth,
                         ::testing::Values(Pattern{"a ring", send_around, 2, 128, 512},
                                           Pattern{"a server", push_and_pull, 1, 512, 4096},
                                           Pattern{"a pipeline", pass_micro_batches, 1, 512, 4096}));

}  // namespace
}  // namespace tandem
