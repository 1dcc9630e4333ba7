// Rounds that are played several at a time, against the same rounds played one by one.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/rounds.h"
#include "tests/sim/set_topology.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

struct Phases {
  std::vector<double> ends;  ///< by rank
  std::uint64_t messages = 0, bytes = 0, messages_received = 0, bytes_received = 0;
  std::string digest;
};

using Collective = void (*)(Comm&, std::size_t count);

// The two phases of a ring all-reduce of `count` values.
void ring_all_reduce(Comm& comm, std::size_t count) {
  const auto ranks = static_cast<std::size_t>(comm.size()), rank = static_cast<std::size_t>(comm.rank());
  const Buffer data = comm.make_buffer(count);
  const auto chunk = [&](int index) {
    return part_of(data, even_part(count, ranks, (rank + 2 * ranks + static_cast<std::size_t>(index)) % ranks));
  };
  const int rounds = comm.size() - 1;
  Rounds reduce_scatter(comm, {.tag = 1, .rounds = rounds}), all_gather(comm, {.tag = 2, .rounds = rounds});
  for (int round = 0; round < rounds; ++round) reduce_scatter.send_recv_add(chunk(-round), chunk(-round - 1));
  for (int round = 0; round < rounds; ++round) all_gather.send_recv(chunk(-round), chunk(-round - 1));
}

// Each rank begins at a time of its own within `spread_s`.
Phases play(WorldOptions options, Fidelity fidelity, std::size_t count, double spread_s = 0,
            Collective collective = ring_all_reduce) {
  options.fidelity = fidelity;
  const auto ranks = static_cast<std::size_t>(options.ranks);
  const Simulated run = simulate(options, 5 * ranks, [&](Endpoint& endpoint, std::vector<double>& values) {
    Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline});
    comm.ledger().counting = true;
    const auto rank = static_cast<std::size_t>(comm.rank());
    comm.sleep_until(spread_s * static_cast<double>(rank * 7919 % ranks) / static_cast<double>(ranks));
    collective(comm, count);
    const Traffic& traffic = comm.ledger().traffic;
    const auto at = [&](std::size_t field) -> double& { return values[field * ranks + rank]; };
    at(0) = comm.now();
    at(1) = static_cast<double>(traffic.messages_sent), at(2) = static_cast<double>(traffic.bytes_sent);
    at(3) = static_cast<double>(traffic.messages_received), at(4) = static_cast<double>(traffic.bytes_received);
  });
  EXPECT_EQ(run.failure, "");
  const auto sum = [&](std::size_t field) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < ranks; ++i) total += static_cast<std::uint64_t>(run.values[field * ranks + i]);
    return total;
  };
  return {{run.values.begin(), run.values.begin() + options.ranks}, sum(1), sum(2), sum(3), sum(4), run.digest};
}

double last(const Phases& phases) { return *std::max_element(phases.ends.begin(), phases.ends.end()); }

constexpr int kCoarseRanks = 193;  // blocks of twelve rounds

TEST(Coarse, OnEvenLinksItIsTheAlphaBetaForm) {
  constexpr std::size_t kChunk = 2500;
  const Phases coarse = play(small_cluster(kCoarseRanks), Fidelity::coarse, kCoarseRanks * kChunk);
  const double expected_s = 2 * (kCoarseRanks - 1) * (kLatency_s + 4 * kChunk / kBandwidth_bytes_per_s);
  for (const double end_s : coarse.ends) ASSERT_NEAR(end_s, expected_s, expected_s * 1e-9);
}

TEST(Coarse, CountsTheTrafficOfTheFullPlay) {
  const Phases full = play(small_cluster(kCoarseRanks), Fidelity::full, 100'003);
  const Phases coarse = play(small_cluster(kCoarseRanks), Fidelity::coarse, 100'003);
  EXPECT_EQ(coarse.messages, full.messages);
  EXPECT_EQ(coarse.bytes, full.bytes);
  EXPECT_EQ(coarse.messages_received, full.messages_received);
  EXPECT_EQ(coarse.bytes_received, full.bytes_received);
  EXPECT_EQ(coarse.messages, 2u * kCoarseRanks * (kCoarseRanks - 1));
  EXPECT_NE(coarse.digest, full.digest) << "nothing was played in blocks";
}

// Chunks of 0 or 1, 4 or 5, 25 or 26 values, where a value is long: in blocks the second would be 6.6 % off.
TEST(Coarse, ChunksOfFewValuesArePlayedInFull) {
  WorldOptions options = small_cluster(kCoarseRanks);
  options.wire_bytes_per_value = 1e6;
  options.cluster.network.latency_s = 0;
  for (const std::size_t count : {100u, 870u, 5000u}) {
    const Phases full = play(options, Fidelity::full, count), coarse = play(options, Fidelity::coarse, count);
    EXPECT_NEAR(last(coarse), last(full), 0.002 * last(full)) << count;
  }
}

// With one value in four, and with values that are as short as they are, in nodes whose ranks lie close together, too.
TEST(Coarse, ChunksOfFewValuesArePlayedInBlocksWhereAValueTakesNoTime) {
  WorldOptions options = small_cluster(kCoarseRanks);
  options.cluster.workers = kCoarseRanks;
  for (const int ranks_per_node : {1, 8}) {
    options.cluster.ranks_per_node = ranks_per_node;
    for (const std::size_t count : {0u, 50u, 870u}) {
      for (const double spread_s : {0., 5e-3}) {
        const Phases full = play(options, Fidelity::full, count, spread_s);
        const Phases coarse = play(options, Fidelity::coarse, count, spread_s);
        EXPECT_NEAR(last(coarse), last(full), 0.002 * last(full)) << count;
        EXPECT_NE(coarse.digest, full.digest) << count << ": nothing was played in blocks";
        EXPECT_EQ(coarse.messages_received, full.messages_received);
        EXPECT_EQ(coarse.bytes_received, full.bytes_received);
      }
    }
  }
}

// Each of the messages that one message stands for takes its sender's processor and its receiver's, and has its size.
TEST(Coarse, OverheadsAndSizesAreThoseOfSingleMessages) {
  WorldOptions options = small_cluster(kCoarseRanks);
  options.cluster.message_overhead_s = 7e-6;
  options.cluster.network.model.size_factors = {{.above_bytes = 0, .factor = 0.5}, {.above_bytes = 3000, .factor = 1}};
  constexpr std::size_t kChunk = 2500;
  const double charged_bytes = 2 * 3000 + (4 * kChunk - 3000);
  const double expected_s = 2 * (kCoarseRanks - 1) * (2 * 7e-6 + kLatency_s + charged_bytes / kBandwidth_bytes_per_s);
  for (const Fidelity fidelity : {Fidelity::full, Fidelity::coarse}) {
    const Phases phases = play(options, fidelity, kCoarseRanks * kChunk);
    for (const double end_s : phases.ends) ASSERT_NEAR(end_s, expected_s, expected_s * 1e-6);
  }
}

TEST(Coarse, TwiceTheSameDigest) {
  const Phases one = play(small_cluster(kCoarseRanks), Fidelity::coarse, 1'000'003, 5e-3);
  EXPECT_EQ(one.digest, play(small_cluster(kCoarseRanks), Fidelity::coarse, 1'000'003, 5e-3).digest);
}

TEST(Coarse, FewRanksArePlayedInFull) {
  EXPECT_EQ(play(small_cluster(64), Fidelity::coarse, 6400).digest,
            play(small_cluster(64), Fidelity::full, 6400).digest);
}

// What a receive has written its header to belongs to the rank again, whatever it receives later.
TEST(Coarse, LeavesTheHeadersOfEarlierMessagesAlone) {
  const Phases coarse =
      play(small_cluster(kCoarseRanks), Fidelity::coarse, 100'003, 0, [](Comm& comm, std::size_t count) {
        const int ranks = comm.size(), right = (comm.rank() + 1) % ranks, left = (comm.rank() + ranks - 1) % ranks;
        Meta header;
        Op ops[] = {comm.irecv(left, 3, {}, &header), comm.isend(right, 3, {})};
        comm.wait_all(ops);
        header.words = {1, 2, 3, 4};
        ring_all_reduce(comm, count);
        if (header.words != Meta{{1, 2, 3, 4}}.words) throw RunFailed("the ring has written to it");
      });
  EXPECT_EQ(coarse.messages, kCoarseRanks + 2u * kCoarseRanks * (kCoarseRanks - 1));
}

// A ring in which every rank passes all it has to the third rank after it, as an all-to-all by rotation does; and the
// part of a pipelined chain in which all ranks have something to send or receive.
void rotate(Comm& comm, std::size_t count) {
  const Buffer data = comm.make_buffer(count, Element::bf16);
  constexpr int kRounds = 200;
  Rounds rounds(comm, {.tag = 1, .rounds = kRounds, .stride = 3});
  for (std::size_t round = 0; round < kRounds; ++round) {
    const Slice left = data.slice().part(0, count * (kRounds - round) / kRounds);
    rounds.send_recv(left, left);
  }
}

void pass_down(Comm& comm, std::size_t count) {
  const Buffer outgoing = comm.make_buffer(count), incoming = comm.make_buffer(count);
  constexpr int kSegments = 640;
  Rounds rounds(comm, {.tag = 1, .rounds = kSegments, .is_ring = false});
  for (int segment = 0; segment < kSegments; ++segment) rounds.send_recv(outgoing, incoming);
}

struct Repeated {
  const char* name;
  Collective collective;
};

void PrintTo(const Repeated& repeated, std::ostream* out) { *out << repeated.name; }

class CoarseRounds : public ::testing::TestWithParam<Repeated> {};

TEST_P(CoarseRounds, EndWithin2PerMilleOfTheFullPlayWithItsTraffic) {
  const auto run = [](Fidelity fidelity) {
    return play(small_cluster(kCoarseRanks), fidelity, 10'007, 5e-3, GetParam().collective);
  };
  const Phases full = run(Fidelity::full), coarse = run(Fidelity::coarse);
  EXPECT_NEAR(last(coarse), last(full), 0.002 * last(full));
  EXPECT_NE(coarse.digest, full.digest) << "nothing was played in blocks";
  EXPECT_EQ(coarse.messages, full.messages);
  EXPECT_EQ(coarse.bytes, full.bytes);
  EXPECT_EQ(coarse.messages_received, full.messages_received);
  EXPECT_EQ(coarse.bytes_received, full.bytes_received);
}

INSTANTIATE_TEST_SUITE_P(Collectives, CoarseRounds,
                         ::testing::Values(Repeated{"a rotation by three", rotate}, Repeated{"a chain", pass_down}));

struct Uneven {
  const char* name;
  double spread_s;
  std::size_t count;
  void (*shape)(Cluster&);
};

void PrintTo(const Uneven& uneven, std::ostream* out) { *out << uneven.name; }

class CoarseOnUnevenClusters : public ::testing::TestWithParam<Uneven> {};

TEST_P(CoarseOnUnevenClusters, EndsWithin2PerMilleOfTheFullPlay) {
  WorldOptions options = small_cluster(kCoarseRanks);
  options.cluster.workers = kCoarseRanks;
  GetParam().shape(options.cluster);
  const Phases full = play(options, Fidelity::full, GetParam().count, GetParam().spread_s);
  const Phases coarse = play(options, Fidelity::coarse, GetParam().count, GetParam().spread_s);
  const double full_s = last(full), coarse_s = last(coarse);
  EXPECT_NEAR(coarse_s, full_s, 0.002 * full_s);
  EXPECT_NE(coarse.digest, full.digest) << "nothing was played in blocks";
  RecordProperty("difference_per_mille", std::to_string(1000 * (coarse_s / full_s - 1)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CoarseOnUnevenClusters,
    ::testing::Values(Uneven{"starts spread over 5 ms", 5e-3, 1'000'003, [](Cluster&) {}},
                      Uneven{"nodes of eight ranks", 0, 10'000'019, [](Cluster& c) { c.ranks_per_node = 8; }},
                      Uneven{"racks behind narrow uplinks", 0, 10'000'019,
                             [](Cluster& c) {
                               set_topology(c.network, "two-tier", "{hosts_per_rack: 16, oversubscription: 64}");
                               c.network.hop_latency_s = 50e-6;
                             }},
                      Uneven{"two sites far apart", 5e-3, 10'000'019,
                             [](Cluster& c) { set_topology(c.network, "sites", "{sites: 2}"); }},
                      Uneven{"a torus, whose links are shared", 0, 10'000'019,
                             [](Cluster& c) { set_topology(c.network, "torus", "{dimensions: [7, 7, 4]}"); }}));

// A block of twelve rounds waits for 1.2 ms and moves its bytes in 0.25: played in blocks throughout, these end up to
// 82 per mille off.
INSTANTIATE_TEST_SUITE_P(
    Changes, CoarseOnUnevenClusters,
    ::testing::Values(Uneven{"a link slow for less than a block", 0, 1'000'003,
                             [](Cluster& c) {
                               c.network.slowdowns = {{.ranks = 50, .factor = 30, .from_s = 0.02, .until_s = 0.0203}};
                             }},
                      Uneven{"the same with a value or two per chunk", 0, 300,
                             [](Cluster& c) {
                               c.network.slowdowns = {{.ranks = 50, .factor = 1e6, .from_s = 0.02, .until_s = 0.0203}};
                             }},
                      Uneven{"again and again", 0, 1'000'003,
                             [](Cluster& c) {
                               c.network.slowdowns = {
                                   {.ranks = 50, .factor = 30, .from_s = 2e-3, .until_s = 2.3e-3, .every_s = 2.9e-3}};
                             }},
                      Uneven{"starts spread, then slow for good", 5e-3, 1'000'003,
                             [](Cluster& c) { c.network.slowdowns = {{.ranks = 50, .factor = 4, .from_s = 0.03}}; }},
                      Uneven{"bursts of others", 0, 1'000'003,
                             [](Cluster& c) {
                               c.network.background.assign(
                                   20, {.from = 5, .to = 60, .bytes = 1e4, .start_s = 0.02, .every_s = 0.04});
                             }},
                      Uneven{"others for a while, now and then", 0, 1'000'003, [](Cluster& c) {
                               c.network.background.assign(16, {.from = 50,
                                                                .to = 60,
                                                                .bandwidth_bytes_per_s = 0.99e9,
                                                                .start_s = 1e-3,
                                                                .until_s = 1.3e-3,
                                                                .every_s = 4e-2});
                             }}));

}  // namespace
}  // namespace tandem
