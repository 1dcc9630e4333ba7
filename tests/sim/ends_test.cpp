// How runs end: digests, deadlocks, failures, mistakes of the user.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "core/errors.h"
#include "sim/network/topology.h"
#include "sim/world.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

// Every rank computes a little and then sends to its neighbour, a few times.
Simulated ring(int ranks, std::size_t count, int tag = 0) {
  return simulate(small_cluster(ranks), 0, [=](Endpoint& endpoint, std::vector<double>&) {
    const int next = (endpoint.rank() + 1) % ranks, previous = (endpoint.rank() + ranks - 1) % ranks;
    for (int step = 0; step < 5; ++step) {
      endpoint.compute({.flops = 1e6 * ((endpoint.rank() * 7 + step) % 5)}, [] {});
      const Op op = endpoint.isend(next, tag, {}, phantom(count));
      receive(endpoint, previous, tag, phantom(count));
      endpoint.wait_any({&op, 1}, kNoDeadline);
    }
  });
}

TEST(Digest, EqualForEqualRunsAndOnlyForThose) {
  const std::string digest = ring(5, 1000).digest;
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(ring(5, 1000).digest, digest);
  EXPECT_NE(ring(5, 1001).digest, digest);
  EXPECT_NE(ring(6, 1000).digest, digest);
  EXPECT_NE(ring(5, 1000, 1).digest, digest);
}

TEST(Deadlock, NamesWhatEachRankWaitsFor) {
  WorldOptions options = small_cluster(4);
  options.rendezvous_sends = true;
  const Simulated run = simulate(options, 0, [](Endpoint& endpoint, std::vector<double>&) {
    endpoint.compute({.flops = 2e6}, [] {});
    if (endpoint.rank() == 0) receive(endpoint, 2, 5, phantom(10));
    if (endpoint.rank() == 1) endpoint.sleep_until(kNoDeadline);
    if (endpoint.rank() == 2) send(endpoint, 0, 6, phantom(12));
    if (endpoint.rank() == 3) {
      const Op ops[] = {endpoint.irecv(0, 1, nullptr, phantom(1)), Op{}, endpoint.irecv(2, 7, nullptr, phantom(0))};
      endpoint.wait_any(ops, kNoDeadline);
    }
  });
  EXPECT_EQ(run.failure,
            "deadlock at 0.002 s: rank 0 waits for 10 values from rank 2 (tag 5) since 0.002 s; "
            "rank 1 sleeps since 0.002 s; "
            "rank 2 waits for rank 0 to take 12 values (tag 6) since 0.002 s; "
            "rank 3 waits for 1 values from rank 0 (tag 1), 0 values from rank 2 (tag 7) since 0.002 s");
}

TEST(Deadlock, NamesSixteenRanks) {
  constexpr int kRanks = 20;
  const Simulated run = simulate(small_cluster(kRanks), 0, [](Endpoint& endpoint, std::vector<double>&) {
    receive(endpoint, (endpoint.rank() + 1) % kRanks, 0, phantom(1));
  });
  EXPECT_NE(run.failure.find("; rank 15 waits for 1 values from rank 16 (tag 0) since 0 s; and 4 more"),
            std::string::npos)
      << run.failure;
}

TEST(Deadlock, OfSpawnedStacksUnwindsThemFirst) {
  const Simulated run = simulate(small_cluster(1), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    struct Leaving {
      double& when;
      double& clock;
      ~Leaving() { when = ++clock; }
    };
    double clock = 0;
    const Leaving parent{values[0], clock};
    auto task = endpoint.spawn("helper", [&](Endpoint& second) {
      const Leaving child{values[1], clock};
      receive(second, 0, 1, phantom(1));
    });
    task->join();
  });
  EXPECT_EQ(run.failure,
            "deadlock at 0 s: rank 0 waits for a stack of its own since 0 s; "
            "rank 0 (helper) waits for 1 values from rank 0 (tag 1) since 0 s");
  EXPECT_EQ(run.values, (std::vector<double>{2, 1}));
}

TEST(Deadlock, IsExplainedWhereADeadlineHidesIt) {
  const Simulated run = simulate(small_cluster(2), 0, [](Endpoint& endpoint, std::vector<double>&) {
    const Op op = endpoint.irecv(1 - endpoint.rank(), 4, nullptr, phantom(3));
    const Completion completion = endpoint.wait_any({&op, 1}, 60);
    throw std::runtime_error(completion.detail);
  });
  EXPECT_EQ(run.failure,
            "rank 0 failed at 60 s: nothing moves: rank 0 waits for 3 values from rank 1 (tag 4) since 0 s; "
            "rank 1 waits for 3 values from rank 0 (tag 4) since 0 s");
}

TEST(Failure, OfOneRankEndsTheOthersWaits) {
  const Simulated run = simulate(small_cluster(3), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 1) {
      endpoint.sleep_until(2);
      throw std::runtime_error("the disk is full");
    }
    const bool sends = endpoint.rank() == 2;
    const Op op =
        sends ? endpoint.isend(1, 0, {}, phantom(std::size_t{1} << 40)) : endpoint.irecv(1, 0, nullptr, phantom(1));
    const Completion completion = endpoint.wait_any({&op, 1}, 1000);
    values[static_cast<std::size_t>(endpoint.rank())] =
        completion.outcome == Outcome::peer_failed ? endpoint.now() : -1;
    throw std::runtime_error("because of rank 1");
  });
  EXPECT_EQ(run.failure, "rank 1 failed at 2 s: the disk is full");
  EXPECT_EQ(run.values, (std::vector<double>{2, 0, 2}));
}

TEST(Failure, OfARankThatHasAlreadyEndedIsNone) {
  const Simulated run = simulate(small_cluster(2), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) {
      const Op op = endpoint.isend(1, 0, {}, phantom(5));
      endpoint.wait_any({&op, 1}, kNoDeadline);
      return;
    }
    endpoint.sleep_until(1);
    values[0] = receive(endpoint, 0, 0, phantom(5)).outcome == Outcome::complete;
    const Completion late = receive(endpoint, 0, 0, phantom(5));
    values[1] = late.outcome == Outcome::peer_failed && late.detail == "rank 0 has already ended";
    const Op op = endpoint.isend(0, 0, {}, phantom(5));
    values[2] = endpoint.wait_any({&op, 1}, kNoDeadline).outcome == Outcome::complete;
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values, (std::vector<double>{1, 1, 1}));
}

// With a send buffer a rank may end while its message is under way. The end comes after the message, as on a
// connection.
TEST(Failure, OfARankThatHasAlreadyEndedIsHeardOfAfterItsMessages) {
  WorldOptions options = small_cluster(2);
  options.cluster.network.send_buffer_bytes = 1e6;
  const Simulated run = simulate(options, 3, [](Endpoint& endpoint, std::vector<double>& values) {
    if (endpoint.rank() == 0) {
      const Op op = endpoint.isend(1, 0, {}, phantom(1000));
      values[0] = endpoint.wait_any({&op, 1}, kNoDeadline).outcome == Outcome::complete && endpoint.now() == 0;
      return;
    }
    const Op ops[] = {endpoint.irecv(0, 1, nullptr, phantom(1)), endpoint.irecv(0, 0, nullptr, phantom(1000))};
    const Completion first = endpoint.wait_any(ops, kNoDeadline);
    values[1] = first.index == 1 && first.outcome == Outcome::complete;
    values[2] = endpoint.wait_any({ops, 1}, kNoDeadline).outcome == Outcome::peer_failed;
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values, (std::vector<double>{1, 1, 1}));
}

TEST(Failure, OfASpawnedStackIsThatOfItsRank) {
  const Simulated run = simulate(small_cluster(1), 0, [](Endpoint& endpoint, std::vector<double>&) {
    endpoint.spawn("helper", [](Endpoint&) { throw std::runtime_error("no more"); })->join();
  });
  EXPECT_EQ(run.failure, "rank 0 failed at 0 s: no more");
}

TEST(Tasks, DestroyedOnesAreCancelledAndJoined) {
  const Simulated run = simulate(small_cluster(1), 3, [](Endpoint& endpoint, std::vector<double>& values) {
    {
      auto task = endpoint.spawn("helper", [&](Endpoint& second) {
        auto inner = second.spawn("inner", [&](Endpoint& third) {
          values[2] = receive(third, 0, 3, phantom(1)).outcome == Outcome::cancelled;
        });
        values[0] = receive(second, 0, 1, phantom(1)).outcome == Outcome::cancelled;
        values[1] = receive(second, 0, 2, phantom(1)).outcome == Outcome::cancelled;
        inner->join();
      });
      endpoint.sleep_until(1);
    }
    EXPECT_EQ(endpoint.now(), 1);
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values, (std::vector<double>{1, 1, 1}));
}

// All stacks share one thread, and with it the runtime's record of the exceptions that are being handled.
TEST(Exceptions, OfStacksThatWaitInCatchBlocksDoNotMix) {
  constexpr int kRanks = 3;
  const Simulated run = simulate(small_cluster(kRanks), kRanks, [](Endpoint& endpoint, std::vector<double>& values) {
    const int rank = endpoint.rank();
    try {
      throw std::runtime_error(std::to_string(rank));
    } catch (const std::exception&) {
      endpoint.sleep_until(rank + 1.0);
      try {
        throw;
      } catch (const std::exception& mine) {
        values[static_cast<std::size_t>(rank)] = std::stoi(mine.what()) == rank;
      }
    }
  });
  EXPECT_EQ(run.values, (std::vector<double>{1, 1, 1}));
}

TEST(Exceptions, ThatLeaveARunningTaskBehindEndIt) {
  const Simulated run = simulate(small_cluster(2), 2, [](Endpoint& endpoint, std::vector<double>& values) {
    const auto rank = static_cast<std::size_t>(endpoint.rank());
    try {
      auto task = endpoint.spawn("helper", [&](Endpoint& second) { receive(second, second.rank(), 1, phantom(1)); });
      endpoint.sleep_until(1);
      throw std::runtime_error("left");
    } catch (const std::exception& left) {
      values[rank] = left.what() == std::string("left") && std::uncaught_exceptions() == 0;
    }
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.values, (std::vector<double>{1, 1}));
}

TEST(Usage, ASecondRunInAProcessIsRefused) {
  EXPECT_EXIT(
      {
        kSimWorld.run(small_cluster(1), [](Endpoint&) {});
        try {
          kSimWorld.run(small_cluster(1), [](Endpoint&) {});
        } catch (const std::logic_error& error) {
          std::fputs(error.what(), stderr);
          _exit(7);
        }
        _exit(0);
      },
      ::testing::ExitedWithCode(7), "once a process");
}

TEST(Usage, ImpossibleClustersAreRefused) {
  const auto refusal = [](const std::function<void(WorldOptions&)>& change) -> std::string {
    WorldOptions options = small_cluster(4);
    change(options);
    try {
      kSimWorld.run(options, [](Endpoint&) {});
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(refusal([](WorldOptions& o) { o.ranks = 0; }), "0 ranks: a run needs at least one");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.speed_flops_per_s = 0; }),
            "the speed of a host must be positive and finite, not 0");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.network.bandwidth_bytes_per_s = -1; }),
            "the network's bandwidth must be positive and finite, not -1");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.network.latency_s = std::nan(""); }),
            "the network's latency must be at least 0 and finite, not nan s");
  EXPECT_EQ(
      refusal([](WorldOptions& o) { o.cluster.network.topology = "ring"; }),
      "there is no network topology 'ring'; allowed: " + fmt::format("{}", fmt::join(topologies().names(), ", ")));
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.network.topology = "torus"; }), "a torus needs its dimensions");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.network.model.name = "cm02"; }),
            "there is no network model 'cm02'; allowed: neutral, lv08");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.slowdowns = {{.ranks = 4}}; }),
            "a slowdown names rank 4; allowed: 0 to 3");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.slowdowns = {{.ranks = 0, .factor = 0}}; }),
            "the factor of a slowdown must be positive and finite, not 0");
  EXPECT_EQ(refusal([](WorldOptions& o) { o.cluster.slowdowns = {{.ranks = 1, .from_s = 3, .until_s = 2}}; }),
            "the slowdown of rank 1 ends at 2 s, before it starts at 3 s");
}

}  // namespace
}  // namespace tandem
