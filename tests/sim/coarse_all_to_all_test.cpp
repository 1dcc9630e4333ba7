// Rounds whose partners move on, played several at a time, against the same rounds played one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "core/rng.h"
#include "core/rounds.h"
#include "tests/sim/set_topology.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

Range part_at(std::size_t count, int size, int index) {
  return even_part(count, static_cast<std::size_t>(size), static_cast<std::size_t>(index));
}

// An all-to-all by pairs, of equal parts.
void by_pairs(Comm& comm, Slice outgoing, Slice incoming) {
  const auto each = outgoing.count / static_cast<std::size_t>(comm.size());
  const auto part_of_rank = [&](Slice data, int rank) {
    return data.part(static_cast<std::size_t>(rank) * each, each);
  };
  Rounds rounds(comm, {.tag = 1, .rounds = comm.size(), .stride = 0, .shift = 1});
  for (int round = 0; round < comm.size(); ++round)
    rounds.send_recv(part_of_rank(outgoing, rounds.to()), part_of_rank(incoming, rounds.from()));
}

// An all-gather in which everyone sends its part to all others at once; parts may differ by a value.
void at_once(Comm& comm, Slice outgoing, Slice incoming) {
  const int others = comm.size() - 1;
  Rounds rounds(comm, {.tag = 1, .rounds = others, .shift = 1, .at_once = true});
  for (int round = 0; round < others; ++round) {
    rounds.send_recv(part_of(outgoing, part_at(outgoing.count, comm.size(), comm.rank())),
                     part_of(incoming, part_at(incoming.count, comm.size(), rounds.from())));
  }
  rounds.finish();
}

using ExchangeBody = void (*)(Comm&, Slice outgoing, Slice incoming);

struct Exchanged {
  const char* name;
  ExchangeBody body;
  int ranks;
  double spread_s;
  void (*shape)(Cluster&);
};

void PrintTo(const Exchanged& shown, std::ostream* out) { *out << shown.name; }

struct PlayedExchange {
  double last_s = 0;
  std::vector<double> traffic;   ///< by rank messages and bytes, sent and received
  std::vector<double> checksum;  ///< by rank
  std::string digest;
};

// In the order of the values: two of them exchanged give another.
double checksum_of(const Slice& data) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < data.count; ++i)
    sum = sum * 0x100000001b3ull + std::bit_cast<std::uint32_t>(data.f32()[i]);
  return static_cast<double>(sum >> 11);
}

// Twice: a rank that goes on writes over what it has sent.
PlayedExchange play_exchange(const Exchanged& played, Fidelity fidelity, Payload payload) {
  WorldOptions options = small_cluster(played.ranks);
  options.cluster.workers = played.ranks;
  played.shape(options.cluster);
  options.fidelity = fidelity;
  options.payload = payload;
  const auto ranks = static_cast<std::size_t>(played.ranks);
  const Simulated run = simulate(options, 6 * ranks, [&](Endpoint& endpoint, std::vector<double>& values) {
    Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline});
    comm.ledger().counting = true;
    const auto rank = static_cast<std::size_t>(comm.rank());
    const Buffer outgoing = comm.make_buffer(51 * ranks + 7), incoming = comm.make_buffer(51 * ranks + 7);
    auto random = keyed_stream(7, Purpose::compute_noise, rank);
    comm.sleep_until(played.spread_s * static_cast<double>(rank * 7919 % ranks) / static_cast<double>(ranks));
    double sum = 0;
    for (int time = 0; time < 2; ++time) {
      if (payload == Payload::numeric) {
        std::generate_n(outgoing.slice().f32(), outgoing.slice().count,
                        [&] { return std::uniform_real_distribution<float>(-1, 1)(random); });
      }
      played.body(comm, outgoing, incoming);
      if (payload == Payload::numeric) sum += checksum_of(incoming);
    }
    const Traffic& traffic = comm.ledger().traffic;
    const double row[] = {comm.now(),
                          static_cast<double>(traffic.messages_sent),
                          static_cast<double>(traffic.bytes_sent),
                          static_cast<double>(traffic.messages_received),
                          static_cast<double>(traffic.bytes_received),
                          sum};
    for (std::size_t i = 0; i < 6; ++i) values[i * ranks + rank] = row[i];
  });
  EXPECT_EQ(run.failure, "");
  const auto from = [&](std::size_t column) {
    return run.values.begin() + static_cast<std::ptrdiff_t>(column * ranks);
  };
  return {*std::max_element(from(0), from(1)), {from(1), from(5)}, {from(5), from(6)}, run.digest};
}

class CoarseAllToAll : public ::testing::TestWithParam<Exchanged> {};

TEST_P(CoarseAllToAll, EndsWithin5PerMilleOfTheFullPlayWithItsTraffic) {
  const PlayedExchange full = play_exchange(GetParam(), Fidelity::full, Payload::phantom);
  const PlayedExchange coarse = play_exchange(GetParam(), Fidelity::coarse, Payload::phantom);
  EXPECT_NEAR(coarse.last_s, full.last_s, 0.005 * full.last_s);
  EXPECT_EQ(coarse.traffic, full.traffic);
  EXPECT_NE(coarse.digest, full.digest) << "nothing was played in blocks";
  RecordProperty("difference_per_mille", std::to_string(1000 * (coarse.last_s / full.last_s - 1)));
}

TEST_P(CoarseAllToAll, HasTheFullPlaysValuesAtThePhantomsTimes) {
  const PlayedExchange full = play_exchange(GetParam(), Fidelity::full, Payload::numeric);
  const PlayedExchange coarse = play_exchange(GetParam(), Fidelity::coarse, Payload::numeric);
  EXPECT_EQ(coarse.checksum, full.checksum);
  EXPECT_NE(*std::max_element(full.checksum.begin(), full.checksum.end()), 0);
  const PlayedExchange phantom = play_exchange(GetParam(), Fidelity::coarse, Payload::phantom);
  EXPECT_EQ(coarse.last_s, phantom.last_s);
  EXPECT_EQ(coarse.digest, phantom.digest);
}

void nothing(Cluster&) {}
void eight_per_node(Cluster& cluster) { cluster.ranks_per_node = 8; }

INSTANTIATE_TEST_SUITE_P(
    Shapes, CoarseAllToAll,
    ::testing::Values(Exchanged{"pairs, a prime number of ranks", by_pairs, 193, 0, nothing},
                      Exchanged{"pairs, starts spread over 5 ms", by_pairs, 193, 5e-3, nothing},
                      Exchanged{"pairs, nodes of eight", by_pairs, 200, 0, eight_per_node},
                      Exchanged{"pairs, nodes of eight, starts spread", by_pairs, 200, 2e-3, eight_per_node},
                      Exchanged{"pairs, sends that are complete at once", by_pairs, 135, 2e-3,
                                [](Cluster& c) { c.network.send_buffer_bytes = 1e9; }},
                      Exchanged{"pairs, processors take their time for messages", by_pairs, 160, 2e-3,
                                [](Cluster& c) { c.message_overhead_s = 7e-6; }},
                      Exchanged{"at once, a prime number of ranks", at_once, 193, 0, nothing},
                      Exchanged{"at once, starts spread over 1 ms", at_once, 193, 1e-3, nothing},
                      Exchanged{"at once, nodes of eight, starts spread", at_once, 200, 1e-3, eight_per_node}));

class CoarseAllToAllInFull : public ::testing::TestWithParam<Exchanged> {};

TEST_P(CoarseAllToAllInFull, WhereLinksAreNotAlike) {
  EXPECT_EQ(play_exchange(GetParam(), Fidelity::coarse, Payload::phantom).digest,
            play_exchange(GetParam(), Fidelity::full, Payload::phantom).digest);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CoarseAllToAllInFull,
    ::testing::Values(Exchanged{"few ranks", by_pairs, 127, 0, nothing},
                      Exchanged{"one slower host", by_pairs, 160, 0,
                                [](Cluster& c) { c.hosts = {{.workers = 50, .bandwidth_bytes_per_s = 0.5e9}}; }},
                      Exchanged{"one slower host, at once", at_once, 160, 0,
                                [](Cluster& c) { c.hosts = {{.workers = 50, .bandwidth_bytes_per_s = 0.5e9}}; }},
                      Exchanged{"a smaller last node", by_pairs, 161, 0, eight_per_node},
                      Exchanged{"one node", by_pairs, 160, 0, [](Cluster& c) { c.ranks_per_node = 160; }},
                      Exchanged{"racks", by_pairs, 160, 0,
                                [](Cluster& c) {
                                  set_topology(c.network, "two-tier", "{hosts_per_rack: 16, oversubscription: 4}");
                                }},
                      Exchanged{"a link that will be slow", by_pairs, 160, 0, [](Cluster& c) {
                                  c.network.slowdowns = {{.ranks = 50, .factor = 4, .from_s = 0.01}};
                                }}));

}  // namespace
}  // namespace tandem
