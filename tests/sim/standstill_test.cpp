// Hosts that hang, links that are down or lose packets, against closed forms.
#include <gtest/gtest.h>

#include <cmath>

#include "core/comm.h"
#include "core/errors.h"
#include "sim/network/losses.h"
#include "sim/world.h"
#include "tests/sim/exact.h"
#include "tests/sim/set_topology.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

/// A host that hangs, from a second stack.
struct Hang {
  int rank;
  double from_s, lasts_s;
};

std::unique_ptr<Task> hang(Endpoint& endpoint, const Hang& how) {
  if (endpoint.rank() != how.rank) return nullptr;
  return endpoint.spawn("hang", [how](Endpoint& second) {
    second.sleep_until(how.from_s);
    second.hang(how.lasts_s);
  });
}

// When rank 1 of three has received these bytes, which rank 0 sends at once.
double arrival_s(const WorldOptions& options, double bytes, const Hang& how = {.rank = -1, .from_s = 0, .lasts_s = 0}) {
  const Simulated run = simulate(options, 1, [&](Endpoint& endpoint, std::vector<double>& values) {
    const auto task = hang(endpoint, how);
    const Slice data = phantom(static_cast<std::size_t>(bytes / sizeof(float)));
    if (endpoint.rank() == 0) send(endpoint, 1, 0, data);
    if (endpoint.rank() == 1) {
      receive(endpoint, 0, 0, data);
      values[0] = endpoint.now();
    }
    if (task) task->join();
  });
  EXPECT_EQ(run.failure, "");
  return run.values[0];
}

TEST(Hang, StopsWhatTheHostComputesAndLetsItGoOn) {
  for (const int rank : {0, 1}) {
    const Simulated run = simulate(small_cluster(2), 2, [rank](Endpoint& endpoint, std::vector<double>& values) {
      const auto task = hang(endpoint, {.rank = rank, .from_s = 0.3, .lasts_s = 2});
      endpoint.compute({.flops = 1e9}, [] {});
      endpoint.compute({.flops = 1e9}, [] {});
      values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
      if (task) task->join();
    });
    EXPECT_EQ(run.failure, "");
    EXPECT_NEAR(run.values[static_cast<std::size_t>(rank)], 4, 4 * kRelative);
    EXPECT_NEAR(run.values[static_cast<std::size_t>(1 - rank)], 2, 2 * kRelative);
  }
}

TEST(Hang, HoldsMessagesToAndFromTheHost) {
  const Hang second{.rank = 1, .from_s = 0.25, .lasts_s = 1};
  EXPECT_NEAR(arrival_s(small_cluster(3), 1e9), 1 + kLatency_s, kRelative);
  EXPECT_NEAR(arrival_s(small_cluster(3), 1e9, second), 2 + kLatency_s, 2 * kRelative);
  EXPECT_NEAR(arrival_s(small_cluster(3), 1e9, {.rank = 0, .from_s = 0.25, .lasts_s = 1}), 2 + kLatency_s,
              2 * kRelative);
  EXPECT_NEAR(arrival_s(small_cluster(3), 1e9, {.rank = 2, .from_s = 0.25, .lasts_s = 1}), 1 + kLatency_s, kRelative);
  // A message without bytes, which comes while the host stands still.
  EXPECT_NEAR(arrival_s(small_cluster(3), 0, {.rank = 1, .from_s = kLatency_s / 2, .lasts_s = 1}), 1 + kLatency_s / 2,
              kRelative);
}

TEST(Hang, AWaitThatEndsMeanwhileIsSeenAfterwards) {
  const Simulated run = simulate(small_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    const auto task = hang(endpoint, {.rank = 0, .from_s = 1, .lasts_s = 3});
    endpoint.sleep_until(2);
    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
    if (task) task->join();
  });
  EXPECT_NEAR(run.values[0], 4, 4 * kRelative);
  EXPECT_NEAR(run.values[1], 2, 2 * kRelative);
}

TEST(Hang, WhoWaitsTooLongNamesIt) {
  const Simulated run = simulate(small_cluster(3), 0, [](Endpoint& endpoint, std::vector<double>&) {
    const auto task = hang(endpoint, {.rank = 2, .from_s = 0, .lasts_s = 10});
    Comm comm(endpoint, {.payload = Payload::phantom, .timeout_s = 1});
    if (comm.rank() < 2) comm.recv(comm.rank() + 1, 0, phantom(7));
    if (task) task->join();
  });
  EXPECT_NE(run.failure.find(" failed at 1 s"), std::string::npos) << run.failure;
  EXPECT_NE(run.failure.find("rank 2 did not answer: its host hangs"), std::string::npos) << run.failure;
}

// Its own waits do not go on while it stands still: it was there again before its time limit had passed.
TEST(Hang, TheHostItselfIsNotLate) {
  const Simulated run = simulate(small_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    const auto task = hang(endpoint, {.rank = 1, .from_s = 0.1, .lasts_s = 5});
    Comm comm(endpoint, {.payload = Payload::phantom, .timeout_s = 1});
    endpoint.sleep_until(comm.rank() == 0 ? 5.5 : 0);
    if (comm.rank() == 0) comm.send(1, 0, phantom(1));
    if (comm.rank() == 1) comm.recv(0, 0, phantom(1));
    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
    if (task) task->join();
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_NEAR(run.values[1], 5.5 + kLatency_s, 1e-6);
}

TEST(Hang, TwiceTheSameGivesTheSameEvents) {
  const auto digest = [] {
    return simulate(small_cluster(3), 0,
                    [](Endpoint& endpoint, std::vector<double>&) {
                      const auto task = hang(endpoint, {.rank = 1, .from_s = 0.01, .lasts_s = 0.5});
                      for (int i = 0; i < 5; ++i) {
                        endpoint.compute({.flops = 3e6}, [] {});
                        const Slice data = phantom(250'001);
                        const Op sent = endpoint.isend((endpoint.rank() + 1) % 3, i, {}, data);
                        receive(endpoint, (endpoint.rank() + 2) % 3, i, data);
                        endpoint.wait_any({&sent, 1}, kNoDeadline);
                      }
                      if (task) task->join();
                    })
        .digest;
  };
  EXPECT_EQ(digest(), digest());
}

WorldOptions with_losses(std::vector<PacketLoss> losses, int ranks = 3) {
  WorldOptions options = small_cluster(ranks);
  options.cluster.network.losses = std::move(losses);
  return options;
}

TEST(Outage, HoldsMessagesOverTheLink) {
  for (const int rank : {0, 1}) {
    const PacketLoss down{.ranks = rank, .loss = 1, .from_s = 0.25, .until_s = 1.25};
    EXPECT_NEAR(arrival_s(with_losses({down}), 1e9), 2 + kLatency_s, 2 * kRelative);
    EXPECT_NEAR(arrival_s(with_losses({down}), 0), kLatency_s, kRelative);
  }
  EXPECT_NEAR(arrival_s(with_losses({{.ranks = 2, .loss = 1, .from_s = 0.25, .until_s = 5}}), 1e9), 1 + kLatency_s,
              kRelative);
  // Two that overlap are one.
  EXPECT_NEAR(arrival_s(with_losses({{.ranks = 0, .loss = 1, .from_s = 0.25, .until_s = 1},
                                     {.ranks = {0, 1}, .loss = 1, .from_s = 0.5, .until_s = 2.25}}),
                        1e9),
              3 + kLatency_s, 3 * kRelative);
}

TEST(Outage, OfANodesLinkLeavesItsRanksTogether) {
  WorldOptions options = with_losses({{.ranks = 0, .loss = 1, .from_s = 0, .until_s = 5}}, 4);
  options.cluster.workers = 4;
  options.cluster.ranks_per_node = 2;
  const Simulated run = simulate(options, 2, [](Endpoint& endpoint, std::vector<double>& values) {
    for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 3}}) {
      if (endpoint.rank() == from) send(endpoint, to, from, phantom(1));
      if (endpoint.rank() != to) continue;
      receive(endpoint, from, from, phantom(1));
      values[static_cast<std::size_t>(from)] = endpoint.now();
    }
  });
  EXPECT_LT(run.values[0], 1);
  EXPECT_GE(run.values[1], 5);
}

TEST(Outage, WhoWaitsTooLongNamesTheLink) {
  const PacketLoss down{.ranks = 0, .loss = 1, .from_s = 0, .until_s = 10};
  const Simulated run = simulate(with_losses({down}), 0, [](Endpoint& endpoint, std::vector<double>&) {
    Comm comm(endpoint, {.payload = Payload::phantom, .timeout_s = 1});
    if (comm.rank() == 0) comm.send(1, 0, phantom(7));
    if (comm.rank() == 1) comm.recv(0, 0, phantom(7));
  });
  EXPECT_NE(run.failure.find("; the link of rank 0 is down"), std::string::npos) << run.failure;
}

// Mathis et al.: segment / round trip * sqrt(3/2 / p), here by hand for 1460 bytes, 200 us and p = 1 %.
TEST(Loss, LeavesOneConnectionWhatTcpMakesOfIt) {
  const double rate = 1460 / 200e-6 * 12.24744871391589;
  EXPECT_NEAR(sim::tcp_rate_bytes_per_s(0.01, 200e-6), rate, rate * 1e-12);
  for (const int rank : {0, 1}) {
    EXPECT_NEAR(arrival_s(with_losses({{.ranks = rank, .loss = 0.01}}), 1e8), kLatency_s + 1e8 / rate,
                1e8 / rate * kRelative);
    // Half a second without, one with losses, then the rest without.
    const PacketLoss some{.ranks = rank, .loss = 0.01, .from_s = 0.5 + kLatency_s, .until_s = 1.5 + kLatency_s};
    EXPECT_NEAR(arrival_s(with_losses({some}), 1e9), kLatency_s + 1.5 + (1e9 - 0.5e9 - rate) / 1e9, 2 * kRelative);
  }
  EXPECT_NEAR(arrival_s(with_losses({{.ranks = 2, .loss = 0.01}}), 1e9), 1 + kLatency_s, kRelative);
}

TEST(Loss, OfTwoLinksIsThatOfTheWay) {
  const double both = sim::tcp_rate_bytes_per_s(1 - 0.99 * 0.96, 2 * kLatency_s);
  EXPECT_NEAR(arrival_s(with_losses({{.ranks = 0, .loss = 0.01}, {.ranks = 1, .loss = 0.04}}), 1e8),
              kLatency_s + 1e8 / both, 1e8 / both * kRelative);
}

// Without a round trip TCP is not held back: each packet is sent 1 / (1 - p) times.
TEST(Loss, TakesTheBandwidthOfWhatIsSentAgain) {
  WorldOptions options = with_losses({{.ranks = 0, .loss = 0.1}});
  options.cluster.network.latency_s = 0;
  EXPECT_NEAR(arrival_s(options, 0.9e9), 1, kRelative);
}

TEST(Loss, IsRefusedWhereNoLinkIsTheHosts) {
  for (const double loss : {0.01, 1.0}) {
    WorldOptions options = with_losses({{.ranks = 0, .loss = loss, .from_s = 0, .until_s = 1}});
    set_topology(options.cluster.network, "torus", "{dimensions: [3]}");
    EXPECT_THROW(kSimWorld.run(options, [](Endpoint&) {}), UsageError);
  }
}

}  // namespace
}  // namespace tandem
