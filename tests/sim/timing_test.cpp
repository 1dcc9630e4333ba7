// The simulated network against closed forms.
#include <gtest/gtest.h>

#include "tests/sim/exact.h"
#include "tests/sim/flows.h"

namespace tandem {
namespace {

double wire_s(std::size_t count) { return static_cast<double>(count) * sizeof(float) / kBandwidth_bytes_per_s; }

class OneMessage : public ::testing::TestWithParam<std::size_t> {};

TEST_P(OneMessage, TakesLatencyPlusBytesOverBandwidth) {
  const std::vector<double> times = play(small_cluster(2), {{0, 1, GetParam()}});
  expect_time(times[0], kLatency_s + wire_s(GetParam()));
  expect_time(times[1], kLatency_s + wire_s(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, OneMessage, ::testing::Values(0, 1, 7, 1024, 1000003, std::size_t{1} << 32));

TEST(Timing, LongFatFlowsGetTheWholeBandwidth) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.latency_s = 0.3;
  const std::vector<double> times = play(options, {{0, 1, 1000000000}});
  expect_time(times[0], 0.3 + wire_s(1000000000));
}

TEST(Timing, NoLatency) {
  WorldOptions options = small_cluster(3);
  options.cluster.network.latency_s = 0;
  const std::vector<double> times = play(options, {{0, 1, 5000}, {2, 1, 5000}, {1, 2, 0}});
  expect_time(times[0], wire_s(10000));
  expect_time(times[2], wire_s(10000));
  EXPECT_EQ(times[4], 0);
}

TEST(Timing, TinyLatencyStillSharesFairly) {
  WorldOptions options = small_cluster(3);
  options.cluster.network.latency_s = 2e-9;
  const std::vector<double> times = play(options, {{0, 2, 100000}, {1, 2, 100000}});
  expect_time(times[0], 2e-9 + wire_s(200000));
  expect_time(times[2], 2e-9 + wire_s(200000));
}

TEST(Timing, TwoFlowsShareADownLink) {
  const std::vector<double> times = play(small_cluster(3), {{0, 2, 1000}, {1, 2, 3000}});
  // Half the bandwidth each until the short one is done, then the long one has all of it.
  expect_time(times[0], kLatency_s + wire_s(2000));
  expect_time(times[2], kLatency_s + wire_s(4000));
}

TEST(Timing, TwoFlowsShareAnUpLink) {
  const std::vector<double> times = play(small_cluster(3), {{0, 1, 1000}, {0, 2, 3000}});
  expect_time(times[0], kLatency_s + wire_s(2000));
  expect_time(times[2], kLatency_s + wire_s(4000));
}

TEST(Timing, OppositeDirectionsDoNotInterfere) {
  const std::vector<double> times = play(small_cluster(2), {{0, 1, 1000003}, {1, 0, 1000003}});
  for (const double time : times) expect_time(time, kLatency_s + wire_s(1000003));
}

TEST(Timing, DisjointPairsDoNotInterfere) {
  const std::vector<double> times = play(small_cluster(4), {{0, 1, 1000003}, {2, 3, 1000003}});
  for (const double time : times) expect_time(time, kLatency_s + wire_s(1000003));
}

TEST(Timing, ManyToOneTakesTurnsOfTheReceiversLink) {
  constexpr int kSenders = 7;
  std::vector<Flow> flows;
  for (int sender = 1; sender <= kSenders; ++sender) flows.push_back({sender, 0, 12345});
  const std::vector<double> times = play(small_cluster(kSenders + 1), flows);
  for (const double time : times) expect_time(time, kLatency_s + kSenders * wire_s(12345));
}

TEST(Timing, FactorsOfLv08) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.model = {"lv08", 13.01, 0.97, true};
  std::vector<double> times = play(options, {{0, 1, 1000000}});
  expect_time(times[0], 13.01 * kLatency_s + wire_s(1000000) / 0.97);
  // Each flow's acknowledgements take 5 % of the other's link.
  times = play(options, {{0, 1, 1000000}, {1, 0, 1000000}});
  expect_time(times[0], 13.01 * kLatency_s + 1.05 * wire_s(1000000) / 0.97);
}

TEST(Timing, SingleFactors) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.model.latency_factor = 3;
  options.cluster.network.model.bandwidth_factor = 0.5;
  const std::vector<double> times = play(options, {{0, 1, 1000000}});
  expect_time(times[0], 3 * kLatency_s + 2 * wire_s(1000000));
}

// The bytes of a message beyond each size have a rate of their own, so that a larger message is never faster.
TEST(Timing, BandwidthBySize) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.model.size_factors = {{.above_bytes = 0, .factor = 0.5},
                                                {.above_bytes = 4000, .factor = 1},
                                                {.above_bytes = 4'000'000, .factor = 0.25}};
  const auto time_s = [&](std::size_t count) { return play(options, {{0, 1, count}})[0]; };
  expect_time(time_s(0), kLatency_s);
  expect_time(time_s(1000), kLatency_s + 2 * wire_s(1000));
  expect_time(time_s(1001), kLatency_s + 2 * wire_s(1000) + wire_s(1));
  expect_time(time_s(1'500'000), kLatency_s + 2 * wire_s(1000) + wire_s(999'000) + 4 * wire_s(500'000));
}

TEST(Timing, AMessageTakesTheProcessorsOfBothItsEnds) {
  constexpr double kOverhead_s = 30e-6;
  WorldOptions options = small_cluster(2);
  options.cluster.message_overhead_s = kOverhead_s;
  // Three messages leave one overhead after the other, and the receiver takes them up one after the other.
  const Simulated run = simulate(options, 2, [](Endpoint& endpoint, std::vector<double>& values) {
    for (int i = 0; i < 3; ++i) {
      if (endpoint.rank() == 0) {
        endpoint.isend(1, 0, {}, phantom(0));
        values[0] = endpoint.now();
      } else {
        receive(endpoint, 0, 0, phantom(0));
        values[1] = endpoint.now();
      }
    }
    endpoint.sleep_until(1);
  });
  expect_time(run.values[0], 3 * kOverhead_s);
  expect_time(run.values[1], 3 * kOverhead_s + kLatency_s + kOverhead_s);
}

TEST(Timing, SelfSendsAreFree) {
  const Simulated run = simulate(small_cluster(1), 1, [](Endpoint& endpoint, std::vector<double>& values) {
    const Op send = endpoint.isend(0, 3, {}, phantom(1 << 30));
    EXPECT_EQ(receive(endpoint, 0, 3, phantom(1 << 30)).outcome, Outcome::complete);
    endpoint.wait_any({&send, 1}, kNoDeadline);
    values[0] = endpoint.now();
  });
  EXPECT_EQ(run.values[0], 0);
}

// A receive that is posted long after the send, and the same with rendezvous.
std::vector<double> late_receive(bool rendezvous) {
  WorldOptions options = small_cluster(2);
  options.rendezvous_sends = rendezvous;
  return simulate(options, 3,
                  [](Endpoint& endpoint, std::vector<double>& values) {
                    if (endpoint.rank() == 0) {
                      send(endpoint, 1, 0, phantom(1000));
                      values[0] = endpoint.now();
                    } else {
                      endpoint.sleep_until(5);
                      values[2] = receive(endpoint, 0, 0, phantom(1000)).started_s;
                      values[1] = endpoint.now();
                    }
                  })
      .values;
}

TEST(Timing, EagerSendsDoNotWaitForTheReceive) {
  const std::vector<double> times = late_receive(false);
  expect_time(times[0], kLatency_s + wire_s(1000));
  EXPECT_EQ(times[1], 5);
  EXPECT_EQ(times[2], 0);
}

// Rank 0 sends to two others, one after the other. With a buffer the second begins at once, and both share its link.
TEST(Timing, SendsThatFitInTheBufferAreCompleteAtOnce) {
  const auto ends_s = [](double buffer_bytes) {
    WorldOptions options = small_cluster(3);
    options.cluster.network.send_buffer_bytes = buffer_bytes;
    return simulate(options, 4,
                    [](Endpoint& endpoint, std::vector<double>& values) {
                      const auto rank = static_cast<std::size_t>(endpoint.rank());
                      for (const int to : {1, 2}) {
                        if (rank == 0) send(endpoint, to, 0, phantom(100'000));
                      }
                      if (rank == 0) values[3] = endpoint.now();
                      if (rank > 0) receive(endpoint, 0, 0, phantom(100'000));
                      values[rank] = endpoint.now();
                    })
        .values;
  };
  const double one_s = kLatency_s + wire_s(100'000);
  for (const double too_small : {0.0, 399'999.0}) {
    const std::vector<double> times = ends_s(too_small);
    expect_time(times[1], one_s);
    expect_time(times[2], 2 * one_s);
    expect_time(times[3], 2 * one_s);
  }
  const std::vector<double> times = ends_s(400'000);
  EXPECT_EQ(times[3], 0);
  expect_time(times[1], kLatency_s + 2 * wire_s(100'000));
  expect_time(times[2], kLatency_s + 2 * wire_s(100'000));
}

TEST(Timing, RendezvousSendsDo) {
  const std::vector<double> times = late_receive(true);
  expect_time(times[0], 5 + kLatency_s + wire_s(1000));
  expect_time(times[1], 5 + kLatency_s + wire_s(1000));
  EXPECT_EQ(times[2], 5);
}

TEST(Timing, ATransferStartsWhenItIsSentNotWhenItIsAwaited) {
  const Simulated run = simulate(small_cluster(2), 1, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) {
      endpoint.sleep_until(2);
      send(endpoint, 1, 0, phantom(1000));
    } else {
      values[0] = receive(endpoint, 0, 0, phantom(1000)).started_s;
    }
  });
  EXPECT_EQ(run.values[0], 2);
}

TEST(Timing, DeadlinesPassOnTimeAndLeaveTheReceivePosted) {
  const Simulated run = simulate(small_cluster(2), 4, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) {
      endpoint.sleep_until(3);
      send(endpoint, 1, 0, phantom(1000));
      return;
    }
    const Op op = endpoint.irecv(0, 0, nullptr, phantom(1000));
    values[0] = endpoint.wait_any({&op, 1}, 0.5).outcome == Outcome::deadline_exceeded;
    values[1] = endpoint.now();
    values[2] = endpoint.wait_any({&op, 1}, 100).outcome == Outcome::complete;
    values[3] = endpoint.now();
  });
  EXPECT_EQ(run.values[0], 1);
  EXPECT_EQ(run.values[1], 0.5);
  EXPECT_EQ(run.values[2], 1);
  expect_time(run.values[3], 3 + kLatency_s + wire_s(1000));
}

}  // namespace
}  // namespace tandem
