// Which message goes to which receive, with real values.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/sim/simulate.h"

namespace tandem {
namespace {

WorldOptions numeric_cluster(int ranks) {
  WorldOptions options = small_cluster(ranks);
  options.payload = Payload::numeric;
  return options;
}

std::vector<float> ramp(std::size_t count, float first) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

Slice slice(std::vector<float>& values) { return {values.data(), values.size()}; }

TEST(Matching, ValuesArriveWhetherTheReceiveIsEarlyOrLate) {
  for (const double receive_s : {0.0, 1.0}) {
    for (const std::size_t count : {0, 1, 7, 1000}) {
      const Simulated run = simulate(numeric_cluster(2), 1, [&](Endpoint& endpoint, std::vector<double>& values) {
        std::vector<float> data = ramp(count, 5);
        if (endpoint.rank() == 0) {
          endpoint.sleep_until(0.5);
          send(endpoint, 1, 9, slice(data));
          std::fill(data.begin(), data.end(), -1.f);  // the buffer is free once the send is complete
        } else {
          std::vector<float> got(count);
          endpoint.sleep_until(receive_s);
          receive(endpoint, 0, 9, slice(got));
          values[0] = got == data;
        }
      });
      EXPECT_EQ(run.values[0], 1) << count << " values, received at " << receive_s;
    }
  }
}

TEST(Matching, AnOvertakingMessageIsHeldBack) {
  const Simulated run = simulate(numeric_cluster(2), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> big = ramp(100000, 1), small = ramp(3, 7);
    if (endpoint.rank() == 0) {
      const Op ops[] = {endpoint.isend(1, 0, {}, slice(big)), endpoint.isend(1, 0, {}, slice(small))};
      endpoint.wait_any({&ops[1], 1}, kNoDeadline);
      std::fill(small.begin(), small.end(), -1.f);
      endpoint.wait_any({&ops[0], 1}, kNoDeadline);
    } else {
      std::vector<float> first(100000), second(3);
      const Op ops[] = {endpoint.irecv(0, 0, nullptr, slice(first)), endpoint.irecv(0, 0, nullptr, slice(second))};
      values[0] = static_cast<double>(endpoint.wait_any(ops, kNoDeadline).index);
      endpoint.wait_any({&ops[1], 1}, kNoDeadline);
      values[1] = first == big;
      values[2] = second == small;
    }
  });
  EXPECT_EQ(run.values, (std::vector<double>{0, 1, 1}));
}

TEST(Matching, TagsAreApart) {
  const Simulated run = simulate(numeric_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> one{1}, two{2};
    if (endpoint.rank() == 0) {
      send(endpoint, 1, 1, slice(one));
      send(endpoint, 1, 2, slice(two));
    } else {
      std::vector<float> got(1);
      receive(endpoint, 0, 2, slice(got));
      values[0] = got[0];
      receive(endpoint, 0, 1, slice(got));
      values[1] = got[0];
    }
  });
  EXPECT_EQ(run.values, (std::vector<double>{2, 1}));
}

TEST(Matching, WaitAnyTakesTheOneThatCompletedFirst) {
  constexpr int kPeers = 13;
  const Simulated run =
      simulate(small_cluster(kPeers + 1), kPeers, [](Endpoint& endpoint, std::vector<double>& values) {
        if (endpoint.rank() > 0) {
          endpoint.sleep_until(kPeers - endpoint.rank() + 1);
          send(endpoint, 0, 0, phantom(5));
          return;
        }
        std::vector<Op> ops;
        for (int peer = 1; peer <= kPeers; ++peer) ops.push_back(endpoint.irecv(peer, 0, nullptr, phantom(5)));
        endpoint.sleep_until(kPeers / 2);  // some have completed by then, some come later
        for (std::size_t i = 0; i < kPeers; ++i) {
          const Completion completion = endpoint.wait_any(ops, kNoDeadline);
          values[i] = static_cast<double>(completion.index);
          ops[completion.index].id = 0;
        }
      });
  for (std::size_t i = 0; i < kPeers; ++i) EXPECT_EQ(run.values[i], static_cast<double>(kPeers - 1 - i));
}

TEST(Matching, WaitAnyOfSomeTakesTheFirstOfThese) {
  constexpr int kPeers = 4;
  const Simulated run = simulate(small_cluster(kPeers + 1), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() > 0) {
      endpoint.sleep_until(endpoint.rank());
      send(endpoint, 0, 0, phantom(5));
      return;
    }
    std::vector<Op> ops;
    for (int peer = kPeers; peer > 0; --peer) ops.push_back(endpoint.irecv(peer, 0, nullptr, phantom(5)));
    endpoint.sleep_until(3.5);  // the last is not complete
    const std::span<const Op> some(ops.begin(), 3);
    values[0] = static_cast<double>(endpoint.wait_any(some, kNoDeadline).index);
    const Op others[] = {ops[0], ops[1]};
    values[1] = static_cast<double>(endpoint.wait_any(others, kNoDeadline).index);
    values[2] = static_cast<double>(endpoint.wait_any({ops.data(), 1}, kNoDeadline).index);
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values, (std::vector<double>{2, 1, 0}));
}

// Whichever of the two the simulation plays first.
TEST(Matching, WhatComesAtTheDateOfTheDeadlineIsInTime) {
  for (const int receiver : {0, 1}) {
    const Simulated run = simulate(small_cluster(2), 1, [&](Endpoint& endpoint, std::vector<double>& values) {
      if (endpoint.rank() != receiver) return send(endpoint, receiver, 0, phantom(0));
      const Op op = endpoint.irecv(1 - receiver, 0, nullptr, phantom(0));
      values[0] = endpoint.wait_any({&op, 1}, kLatency_s).outcome == Outcome::complete;
    });
    EXPECT_EQ(run.failure, "");
    EXPECT_EQ(run.values[0], 1) << "rank " << receiver;
  }
}

TEST(Matching, CancelledReceivesGiveTheirMessagesBackInOrder) {
  const Simulated run = simulate(numeric_cluster(2), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> data{1, 2, 3};
    if (endpoint.rank() == 0) {
      for (std::size_t i = 0; i < 3; ++i) send(endpoint, 1, 0, {&data[i], 1});
      return;
    }
    std::vector<float> got(3);
    Op ops[] = {endpoint.irecv(0, 0, nullptr, {&got[0], 1}), endpoint.irecv(0, 0, nullptr, {&got[1], 1}),
                endpoint.irecv(0, 0, nullptr, {&got[2], 1})};
    endpoint.sleep_until(1);  // all three are complete, and nobody has heard of it
    endpoint.cancel(ops[0]);
    endpoint.cancel(ops[1]);
    endpoint.cancel(ops[1]);
    std::fill(got.begin(), got.begin() + 2, -1.f);
    for (std::size_t i = 0; i < 2; ++i) {
      float value = 0;
      receive(endpoint, 0, 0, {&value, 1});
      values[i] = value;
    }
    endpoint.wait_any({&ops[2], 1}, kNoDeadline);
    values[2] = got[2];
  });
  EXPECT_EQ(run.values, (std::vector<double>{1, 2, 3}));
}

TEST(Matching, ACancelledSendThatMovesStillArrives) {
  const Simulated run = simulate(numeric_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> data{4, 5};
    if (endpoint.rank() == 0) {
      const Op op = endpoint.isend(1, 0, {}, slice(data));
      endpoint.sleep_until(kLatency_s / 2);
      endpoint.cancel(op);
      std::fill(data.begin(), data.end(), -1.f);
      endpoint.sleep_until(1);
    } else {
      std::vector<float> got(2);
      receive(endpoint, 0, 0, slice(got));
      values[0] = got[0];
      values[1] = got[1];
    }
  });
  EXPECT_EQ(run.values, (std::vector<double>{4, 5}));
}

TEST(Matching, ACancelledRendezvousSendIsWithdrawn) {
  WorldOptions options = numeric_cluster(2);
  options.rendezvous_sends = true;
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> first{1}, second{2};
    if (endpoint.rank() == 0) {
      const Op op = endpoint.isend(1, 0, {}, slice(first));
      endpoint.cancel(op);
      send(endpoint, 1, 0, slice(second));
    } else {
      endpoint.sleep_until(1);
      float got = 0;
      receive(endpoint, 0, 0, {&got, 1});
      values[0] = got;
    }
  });
  EXPECT_EQ(run.values[0], 2);
}

TEST(Matching, AMessageOfAnotherSizeIsConsumed) {
  const Simulated run = simulate(numeric_cluster(2), 4, [](Endpoint& endpoint, std::vector<double>& values) {
    std::vector<float> data{1, 2, 3};
    if (endpoint.rank() == 0) {
      send(endpoint, 1, 0, slice(data));
      send(endpoint, 1, 0, {data.data(), 2});
    } else {
      std::vector<float> got{-1, -1};
      const Completion completion = receive(endpoint, 0, 0, slice(got));
      values[0] = completion.outcome == Outcome::size_mismatch && completion.detail == "got 3 values, expected 2";
      values[1] = got[0];
      receive(endpoint, 0, 0, slice(got));
      values[2] = got[0];
      values[3] = got[1];
    }
  });
  EXPECT_EQ(run.values, (std::vector<double>{1, -1, 1, 2}));
}

TEST(Matching, MetaTravelsAlsoWithPhantoms) {
  const Simulated run = simulate(small_cluster(2), 1, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) {
      const Op op = endpoint.isend(1, 0, {{3, -4, 5, 1 << 30}}, phantom(10));
      endpoint.wait_any({&op, 1}, kNoDeadline);
    } else {
      Meta meta;
      const Op op = endpoint.irecv(0, 0, &meta, phantom(10));
      endpoint.wait_any({&op, 1}, kNoDeadline);
      values[0] = meta.words == std::array<std::int64_t, 4>{3, -4, 5, 1 << 30};
    }
  });
  EXPECT_EQ(run.values[0], 1);
}

}  // namespace
}  // namespace tandem
