// Many flows at once: who gets which part of a link, and that nobody gets more than there is.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <random>

#include "tests/sim/exact.h"
#include "tests/sim/flows.h"

namespace tandem {
namespace {

double bytes_s(double bytes) { return bytes / kBandwidth_bytes_per_s; }

// Max-min fair sharing by progressive filling: the rates of all flows grow alike, until a link is full; its flows keep
// what they have. Link 2 * r is the way up from rank r, link 2 * r + 1 the way down to it.
std::vector<double> fair_rates(int ranks, const std::vector<Flow>& flows, const std::vector<bool>& is_moving) {
  std::vector<double> rates(flows.size());
  std::vector<bool> is_growing = is_moving;
  std::vector<double> free(2 * static_cast<std::size_t>(ranks), kBandwidth_bytes_per_s);
  const auto links = [&](std::size_t flow) {
    return std::array{2 * static_cast<std::size_t>(flows[flow].from), 2 * static_cast<std::size_t>(flows[flow].to) + 1};
  };
  while (std::find(is_growing.begin(), is_growing.end(), true) != is_growing.end()) {
    std::vector<double> growing(free.size());
    for (std::size_t i = 0; i < flows.size(); ++i) {
      for (const std::size_t link : links(i)) growing[link] += is_growing[i];
    }
    std::size_t bottleneck = 0;
    double share = kNoDeadline;
    for (std::size_t link = 0; link < free.size(); ++link) {
      if (growing[link] == 0 || free[link] / growing[link] >= share) continue;
      bottleneck = link;
      share = free[link] / growing[link];
    }
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (!is_growing[i] || (links(i)[0] != bottleneck && links(i)[1] != bottleneck)) continue;
      rates[i] = share;
      is_growing[i] = false;
      for (const std::size_t link : links(i)) free[link] -= share;
    }
  }
  return rates;
}

// Whether an earlier flow of the same pair of ranks still moves: the bytes of this one follow its.
bool waits_for_another(const std::vector<Flow>& flows, const std::vector<double>& left, std::size_t flow) {
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (flows[i].from != flows[flow].from || flows[i].to != flows[flow].to || left[i] == 0) continue;
    if (flows[i].start_s < flows[flow].start_s || (flows[i].start_s == flows[flow].start_s && i < flow)) return true;
  }
  return false;
}

// When each flow ends, from one start or end of a flow to the next.
std::vector<double> expected_ends(int ranks, const std::vector<Flow>& flows) {
  std::vector<double> ends(flows.size()), left(flows.size());
  for (std::size_t i = 0; i < flows.size(); ++i) left[i] = flows[i].bytes();
  for (double now = 0;;) {
    std::vector<bool> is_moving(flows.size());
    double next = kNoDeadline;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      const double departure = flows[i].start_s + kLatency_s;
      is_moving[i] = departure <= now && left[i] > 0 && !waits_for_another(flows, left, i);
      if (departure > now) next = std::min(next, departure);
    }
    const std::vector<double> rates = fair_rates(ranks, flows, is_moving);
    std::size_t first = kNoIndex;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (!is_moving[i] || now + left[i] / rates[i] > next) continue;
      next = now + left[i] / rates[i];
      first = i;
    }
    if (std::isinf(next)) return ends;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (!is_moving[i]) continue;
      left[i] -= rates[i] * (next - now);
      // Rounding leaves a few bytes to those that end together with the first one.
      if (i != first && left[i] > flows[i].bytes() * 1e-12) continue;
      left[i] = 0;
      ends[i] = next;
    }
    now = next;
  }
}

// Whatever lies between the start of one flow and the end of another fits through the link.
void expect_no_link_overfull(int ranks, const std::vector<Flow>& flows, const std::vector<double>& times) {
  for (int rank = 0; rank < ranks; ++rank) {
    for (const bool is_up : {true, false}) {
      std::vector<std::size_t> own;
      for (std::size_t i = 0; i < flows.size(); ++i) {
        if ((is_up ? flows[i].from : flows[i].to) == rank) own.push_back(i);
      }
      for (const std::size_t first : own) {
        for (const std::size_t last : own) {
          const double from_s = flows[first].start_s, until_s = times[2 * last];
          double bytes = 0;
          for (const std::size_t i : own) {
            if (flows[i].start_s >= from_s && times[2 * i] <= until_s) bytes += flows[i].bytes();
          }
          if (bytes == 0) continue;
          ASSERT_LE(bytes_s(bytes), (until_s - from_s - kLatency_s) * (1 + kRelative))
              << "rank " << rank << (is_up ? " sends " : " receives ") << bytes << " bytes from " << from_s << " to "
              << until_s << " s";
        }
      }
    }
  }
}

TEST(Sharing, FourServersToTwoWorkersFillTheWorkersLinks) {
  std::vector<Flow> flows;
  for (int server = 2; server < 6; ++server) {
    for (int worker = 0; worker < 2; ++worker) flows.push_back({server, worker, 100'000'000});
  }
  for (const double time : play(small_cluster(6), flows)) expect_time(time, kLatency_s + bytes_s(4 * 4e8));
}

class ServersToWorkers : public ::testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(ServersToWorkers, TakeTheNarrowerSide) {
  const auto [servers, workers] = GetParam();
  const std::size_t count = 50'000'003;
  std::vector<Flow> flows;
  for (int server = 0; server < servers; ++server) {
    for (int worker = 0; worker < workers; ++worker) flows.push_back({server, servers + worker, count});
  }
  const double expected_s = kLatency_s + std::max(servers, workers) * bytes_s(static_cast<double>(count) * 4);
  for (const double time : play(small_cluster(servers + workers), flows)) expect_time(time, expected_s);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ServersToWorkers,
                         ::testing::Combine(::testing::Values(1, 2, 3, 4, 7, 16), ::testing::Values(1, 2, 3, 5, 13)));

// Rounds of both directions, as parameter servers play them: the second starts at the end of the first.
TEST(Sharing, RepliesStartTogether) {
  constexpr int kServers = 4, kWorkers = 3;
  constexpr std::size_t kCount = 25'000'000;
  const Simulated run = simulate(
      small_cluster(kServers + kWorkers), kServers + kWorkers, [](Endpoint& endpoint, std::vector<double>& ends) {
        const bool is_server = endpoint.rank() < kServers;
        const int first_peer = is_server ? kServers : 0, peers = is_server ? kWorkers : kServers;
        for (int round = 0; round < 3; ++round) {
          for (const bool is_sending : {!is_server, is_server}) {
            std::vector<Op> ops;
            for (int peer = first_peer; peer < first_peer + peers; ++peer) {
              ops.push_back(is_sending ? endpoint.isend(peer, round, {}, phantom(kCount))
                                       : endpoint.irecv(peer, round, nullptr, phantom(kCount)));
            }
            for (int i = 0; i < peers; ++i) ops[endpoint.wait_any(ops, kNoDeadline).index].id = 0;
          }
        }
        ends[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
      });
  for (const double end : run.values) expect_time(end, 6 * (kLatency_s + kServers * bytes_s(1e8)));
}

TEST(Sharing, AFlowThatStartsWhileAnotherRunsTakesHalf) {
  // The first has moved 0.3 of its 0.4 GB when the second starts to move; then both have half the link.
  for (const bool share_up : {true, false}) {
    const std::vector<Flow> flows = {{0, 1, 100'000'000}, {share_up ? 0 : 2, share_up ? 2 : 1, 100'000'000, 0.3}};
    const std::vector<double> times = play(small_cluster(3), flows);
    expect_time(times[0], kLatency_s + 0.5);
    expect_time(times[2], kLatency_s + 0.8);
  }
}

TEST(Sharing, WhatAFlowCannotUseIsLeftToTheOthers) {
  // Rank 3's link down has three flows of a third each; so rank 0's other flow has two thirds of its link up.
  const std::vector<Flow> flows = {{0, 3, 100'000'000}, {1, 3, 100'000'000}, {2, 3, 100'000'000}, {0, 4, 100'000'000}};
  const std::vector<double> times = play(small_cluster(5), flows);
  expect_time(times[6], kLatency_s + 0.6);
  for (const std::size_t i : {0u, 2u, 4u}) expect_time(times[i], kLatency_s + 1.2);
}

TEST(Sharing, MessagesWithoutBytesPassFullLinks) {
  const std::vector<double> times = play(small_cluster(3), {{0, 1, 100'000'000}, {2, 1, 0, 0.125}});
  expect_time(times[2], 0.125 + kLatency_s);
  expect_time(times[0], kLatency_s + 0.4);
}

TEST(Sharing, MessagesOfOnePairFollowEachOther) {
  // The latency of the second passes while the first still moves; the third comes when nothing moves any more, and what
  // goes to another rank shares the link up. A message without bytes keeps its place, too.
  const std::vector<double> times =
      play(small_cluster(2), {{0, 1, 25'000'000}, {0, 1, 50'000'000, 0.05}, {0, 1, 0, 0.07}, {0, 1, 25'000'000, 0.5}});
  expect_time(times[0], kLatency_s + 0.1);
  expect_time(times[2], kLatency_s + 0.3);
  expect_time(times[4], kLatency_s + 0.3);
  expect_time(times[6], 0.5 + kLatency_s + 0.1);
  const std::vector<double> shared =
      play(small_cluster(3), {{0, 1, 25'000'000}, {0, 1, 25'000'000}, {0, 2, 100'000'000}});
  expect_time(shared[0], kLatency_s + 0.2);
  expect_time(shared[2], kLatency_s + 0.4);
  expect_time(shared[4], kLatency_s + 0.6);
}

TEST(Sharing, OfLv08StopsAtTheWindowOfEachFlow) {
  WorldOptions options = small_cluster(3);
  options.cluster.network.model = {"lv08", 13.01, 0.97, false};
  options.cluster.network.latency_s = 0.01;
  const double window_bytes_per_s = 4194304 / (2 * 0.01);  // a fifth of the link
  for (const double time : play(options, {{0, 1, 25'000'000}, {0, 2, 25'000'000}})) {
    expect_time(time, 13.01 * 0.01 + 1e8 / window_bytes_per_s / 0.97);
  }
}

TEST(Sharing, OfLv08CountsAcknowledgementsOnTheWayBack) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.model = {"lv08", 13.01, 0.97, true};
  options.cluster.network.latency_s = 0;
  const std::vector<double> both_ways = play(options, {{0, 1, 25'000'000}, {1, 0, 25'000'000}});
  for (const double time : both_ways) expect_time(time, bytes_s(1e8) * 1.05 / 0.97);
  expect_time(play(options, {{0, 1, 25'000'000}})[0], bytes_s(1e8) / 0.97);
}

struct RandomFlows {
  int ranks, flows;
  bool starts_together;  ///< at 0; else many flows start together, and many while others run
};

void PrintTo(const RandomFlows& traffic, std::ostream* out) {
  *out << traffic.ranks << " ranks, " << traffic.flows << " flows" << (traffic.starts_together ? " at once" : "");
}

class RandomTraffic : public ::testing::TestWithParam<std::tuple<RandomFlows, unsigned>> {};

TEST_P(RandomTraffic, SharesFairlyAndFillsNoLinkTwice) {
  const auto& [traffic, seed] = GetParam();
  std::mt19937 random(seed);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  std::vector<Flow> flows;
  for (int i = 0; i < traffic.flows; ++i) {
    const int from = below(traffic.ranks);
    const int to = (from + 1 + below(traffic.ranks - 1)) % traffic.ranks;
    const std::size_t count = i % 3 == 0 ? 100'000'000 : 25'000'000 + static_cast<std::size_t>(below(250'000'000));
    flows.push_back({from, to, count, traffic.starts_together ? 0 : 0.25 * below(8)});
  }
  const std::vector<double> times = play(small_cluster(traffic.ranks), flows);
  const std::vector<double> expected = expected_ends(traffic.ranks, flows);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    ASSERT_NEAR(times[2 * i], expected[i], expected[i] * kRelative) << "flow " << i;
  }
  expect_no_link_overfull(traffic.ranks, flows, times);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTraffic,
                         ::testing::Combine(::testing::Values(RandomFlows{2, 20, false}, RandomFlows{5, 60, true},
                                                              RandomFlows{7, 90, false}, RandomFlows{16, 200, true},
                                                              RandomFlows{31, 150, false}),
                                            ::testing::Range(1u, 6u)));

}  // namespace
}  // namespace tandem
