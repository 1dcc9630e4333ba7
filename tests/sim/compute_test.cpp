// Simulated computations against closed forms.
#include <gtest/gtest.h>

#include "tests/sim/exact.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

// When `rank` of two ends these flops, which it starts at `start_s`.
double end_of_computation(const WorldOptions& options, double flops, int rank = 0, double start_s = 0) {
  return simulate(options, 2,
                  [&](Endpoint& endpoint, std::vector<double>& values) {
                    endpoint.sleep_until(start_s);
                    endpoint.compute({.flops = flops}, [] {});
                    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
                  })
      .values[static_cast<std::size_t>(rank)];
}

WorldOptions slowed(std::vector<Slowdown> slowdowns) {
  WorldOptions options = small_cluster(2);
  options.cluster.slowdowns = std::move(slowdowns);
  return options;
}

TEST(Compute, FlopsOverSpeed) {
  EXPECT_NEAR(end_of_computation(small_cluster(2), 3e9), 3, 3 * kRelative);
  EXPECT_NEAR(end_of_computation(small_cluster(2), 1), 1e-9, 1e-9 * kRelative);
}

TEST(Compute, NoWorkTakesNoTime) { EXPECT_EQ(end_of_computation(small_cluster(2), 0), 0); }

TEST(Compute, MemoryTakesTimeWhereItsBandwidthIsStated) {
  const auto run = [](const WorldOptions& options) {
    return simulate(options, 1,
                    [](Endpoint& endpoint, std::vector<double>& values) {
                      endpoint.compute({.flops = 1e9, .memory_bytes = 6e9}, [] {});
                      values[0] = endpoint.now();
                    })
        .values[0];
  };
  WorldOptions options = small_cluster(1);
  EXPECT_NEAR(run(options), 1, kRelative);
  options.cluster.memory_bandwidth_bytes_per_s = 2e9;
  EXPECT_NEAR(run(options), 1 + 3, 4 * kRelative);
}

TEST(Compute, BodiesRunWhereThereAreValues) {
  for (const bool numeric : {false, true}) {
    WorldOptions options = small_cluster(1);
    options.payload = numeric ? Payload::numeric : Payload::phantom;
    const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
      endpoint.compute({.flops = 1e9}, [&] { values[0] = 1; });
    });
    EXPECT_EQ(run.values[0], numeric ? 1 : 0);
  }
}

TEST(Compute, TwoStacksShareTheCore) {
  const Simulated run = simulate(small_cluster(1), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    auto task = endpoint.spawn("second", [&](Endpoint& second) {
      second.compute({.flops = 1e9}, [] {});
      values[1] = second.now();
    });
    endpoint.compute({.flops = 3e9}, [] {});
    values[0] = endpoint.now();
    task->join();
  });
  EXPECT_NEAR(run.values[1], 2, 2 * kRelative);
  EXPECT_NEAR(run.values[0], 4, 4 * kRelative);
}

TEST(Compute, CommunicationOverlapsWithAnotherStack) {
  const Simulated run = simulate(small_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    auto task = endpoint.spawn("communication", [&](Endpoint& second) {
      if (second.rank() == 0) send(second, 1, 0, phantom(250000000));
      if (second.rank() == 1) receive(second, 0, 0, phantom(250000000));
    });
    endpoint.compute({.flops = 3e9}, [] {});
    task->join();
    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
  });
  EXPECT_NEAR(run.values[0], 3, 3 * kRelative);
  EXPECT_NEAR(run.values[1], 3, 3 * kRelative);
}

TEST(Slowdown, OfTheWholeRun) {
  const WorldOptions options = slowed({{.ranks = 1, .factor = 2.5}});
  EXPECT_NEAR(end_of_computation(options, 2e9, 1), 5, 5 * kRelative);
  EXPECT_NEAR(end_of_computation(options, 2e9, 0), 2, 2 * kRelative);
}

TEST(Slowdown, OfAWindow) {
  const WorldOptions options = slowed({{.ranks = 0, .factor = 4, .from_s = 1, .until_s = 3}});
  EXPECT_NEAR(end_of_computation(options, 4e9, 0), 5.5, 5.5 * kRelative);    // 1 s, 2 s at a quarter, 2.5 s
  EXPECT_NEAR(end_of_computation(options, 1e9, 0, 2), 3.75, 4 * kRelative);  // starts inside
  EXPECT_NEAR(end_of_computation(options, 1e9, 0, 3), 4, 4 * kRelative);     // starts at its end
  EXPECT_NEAR(end_of_computation(options, 4e9, 1), 4, 4 * kRelative);        // another rank
}

TEST(Slowdown, FromTheStartAndWithoutEnd) {
  EXPECT_NEAR(end_of_computation(slowed({{.factor = 2, .from_s = 0, .until_s = 2}}), 3e9), 4, 4 * kRelative);
  EXPECT_NEAR(end_of_computation(slowed({{.factor = 2, .from_s = 1}}), 3e9), 5, 5 * kRelative);
}

TEST(Slowdown, OverlappingOnesMultiply) {
  const WorldOptions options =
      slowed({{.factor = 2, .from_s = 0, .until_s = 4}, {.factor = 3, .from_s = 2, .until_s = 8}});
  // By second 2: 1 Gflop; by 4: 1/3 more; by 8: 4/3 more; the last third at full speed.
  EXPECT_NEAR(end_of_computation(options, 3e9), 8 + 1.0 / 3, 9 * kRelative);
}

TEST(Slowdown, ThatComesBack) {
  const WorldOptions options = slowed({{.ranks = {0, 1}, .factor = 4, .from_s = 1, .until_s = 2, .every_s = 3}});
  // One of every 3 s is at a quarter of the speed.
  for (const int rank : {0, 1}) EXPECT_NEAR(end_of_computation(options, 225e9, rank), 300, 300 * kRelative) << rank;
  EXPECT_NEAR(end_of_computation(options, 1e9, 0, 1.5), 2.875, 3 * kRelative);
}

TEST(Slowdown, ThatComesBackForEverHidesNoDeadlock) {
  const WorldOptions options = slowed({{.ranks = 0, .factor = 4, .from_s = 1, .until_s = 2, .every_s = 3}});
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>&) {
    endpoint.compute({.flops = 1e8}, [] {});
    if (endpoint.rank() == 0) receive(endpoint, 1, 0, phantom(1));
    if (endpoint.rank() == 1) receive(endpoint, 0, 0, phantom(1));
  });
  EXPECT_NE(run.failure.find("deadlock at"), std::string::npos) << run.failure;
}

TEST(Slowdown, OfTwoStacksThatShareTheCore) {
  const WorldOptions options = slowed({{.ranks = 0, .factor = 2, .from_s = 1, .until_s = 3}});
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() != 0) return;
    auto task = endpoint.spawn("second", [](Endpoint& second) { second.compute({.flops = 1e9}, [] {}); });
    endpoint.compute({.flops = 1e9}, [] {});
    task->join();
    values[0] = endpoint.now();
  });
  EXPECT_NEAR(run.values[0], 3, 3 * kRelative);  // 2 Gflop: 1 s, then 2 s at half speed
}

}  // namespace
}  // namespace tandem
