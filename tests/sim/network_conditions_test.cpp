// Links that are slow for a while, and links that others use, against closed forms.
#include <gtest/gtest.h>

#include "core/errors.h"
#include "sim/world.h"
#include "tests/sim/exact.h"
#include "tests/sim/set_topology.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

// When rank 1 of three has received these bytes, which rank 0 sends at once.
Simulated transfer(const WorldOptions& options, double bytes) {
  return simulate(options, 1, [bytes](Endpoint& endpoint, std::vector<double>& values) {
    const Slice data = phantom(static_cast<std::size_t>(bytes / sizeof(float)));
    if (endpoint.rank() == 0) send(endpoint, 1, 0, data);
    if (endpoint.rank() != 1) return;
    receive(endpoint, 0, 0, data);
    values[0] = endpoint.now();
  });
}

void expect_arrival(const WorldOptions& options, double bytes, double expected_s) {
  const Simulated run = transfer(options, bytes);
  EXPECT_EQ(run.failure, "");
  EXPECT_NEAR(run.values[0], expected_s, expected_s * kRelative);
}

WorldOptions with_slow_links(std::vector<Slowdown> slowdowns) {
  WorldOptions options = small_cluster(3);
  options.cluster.network.slowdowns = std::move(slowdowns);
  return options;
}

TEST(LinkSlowdown, CutsTheBandwidthInItsWindow) {
  for (const int rank : {0, 1}) {
    // Half a second at the full rate, one at a quarter of it, then the rest.
    const Slowdown slow{.ranks = rank, .factor = 4, .from_s = 0.5, .until_s = 1.5};
    expect_arrival(with_slow_links({slow}), 1e9, 1.75 + kLatency_s);
  }
  expect_arrival(with_slow_links({{.ranks = 2, .factor = 4}}), 1e9, 1 + kLatency_s);
  expect_arrival(with_slow_links({{.ranks = {0, 1}, .factor = 5}}), 1e9, 5 + kLatency_s);
}

TEST(LinkSlowdown, ComesBack) {
  // 0.2 s of every second at a fifth: 0.84 of the bytes.
  const Slowdown slow{.ranks = 1, .factor = 5, .from_s = 0.5, .until_s = 0.7, .every_s = 1};
  expect_arrival(with_slow_links({slow}), 84e9, 100 + kLatency_s);
}

TEST(LinkSlowdown, OfOneWorkerSlowsTheLinkThatItsNodeShares) {
  WorldOptions options = with_slow_links({{.ranks = 1, .factor = 3}});
  options.ranks = options.cluster.workers = 4;
  options.cluster.ranks_per_node = 2;
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) send(endpoint, 2, 0, phantom(250'000'000));
    if (endpoint.rank() != 2) return;
    receive(endpoint, 0, 0, phantom(250'000'000));
    values[0] = endpoint.now();
  });
  EXPECT_NEAR(run.values[0], 3 + kLatency_s, 3 * kRelative);
}

TEST(LinkSlowdown, NeedsALinkOfTheHost) {
  WorldOptions options = with_slow_links({{.ranks = 0, .factor = 2}});
  set_topology(options.cluster.network, "torus", "{dimensions: [3]}");
  EXPECT_THROW(kSimWorld.run(options, [](Endpoint&) {}), UsageError);
}

WorldOptions with_background(std::vector<BackgroundFlow> flows) {
  WorldOptions options = small_cluster(3);
  options.cluster.network.background = std::move(flows);
  return options;
}

TEST(Background, TakesItsBandwidthFromTheLinksOnItsWay) {
  const double quarter = kBandwidth_bytes_per_s / 4;
  expect_arrival(with_background({{.from = 0, .to = 2, .bandwidth_bytes_per_s = quarter}}), 3e9, 4 + kLatency_s);
  expect_arrival(with_background({{.from = 2, .to = 1, .bandwidth_bytes_per_s = quarter}}), 3e9, 4 + kLatency_s);
  expect_arrival(with_background({{.from = 1, .to = 0, .bandwidth_bytes_per_s = quarter}}), 3e9, 3 + kLatency_s);
}

TEST(Background, HasNoMoreThanItsShare) {
  const BackgroundFlow greedy{.from = 0, .to = 2, .bandwidth_bytes_per_s = 0.9 * kBandwidth_bytes_per_s};
  expect_arrival(with_background({greedy}), 1e9, 2 + kLatency_s);
}

TEST(Background, LastsFromStartUntilItsEnd) {
  const BackgroundFlow flow{.from = 0, .to = 2, .bandwidth_bytes_per_s = 4e8, .start_s = 0.5, .until_s = 1};
  // It takes 0.2e9 bytes in all.
  expect_arrival(with_background({flow}), 1e9, 1.2 + kLatency_s);
}

TEST(Background, BurstsComeBackAndAreSharedFairly) {
  // Half a second of each is shared; both links are full all the time.
  const BackgroundFlow bursts{.from = 0, .to = 2, .bytes = 0.25e9, .every_s = 1};
  expect_arrival(with_background({bursts}), 3e9, 4);
}

TEST(Background, WithoutEndNeitherKeepsARunNorHidesADeadlock) {
  const BackgroundFlow for_ever{.from = 0, .to = 1, .bandwidth_bytes_per_s = 1e6};
  const BackgroundFlow again{.from = 1, .to = 2, .bytes = 1e3, .every_s = 0.1};
  const Simulated run = simulate(with_background({for_ever, again}), 1, [](Endpoint& endpoint, std::vector<double>&) {
    endpoint.sleep_until(1);
    receive(endpoint, (endpoint.rank() + 1) % 3, 0, phantom(1));
  });
  EXPECT_NE(run.failure.find("deadlock at"), std::string::npos) << run.failure;
}

}  // namespace
}  // namespace tandem
