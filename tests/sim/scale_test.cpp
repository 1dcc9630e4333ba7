// Many ranks.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tandem
