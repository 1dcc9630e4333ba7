// Rounds that are played several at a time, with real values: every bit of the full play, at the times of phantoms.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "core/rng.h"
#include "core/rounds.h"
#include "tests/sim/set_topology.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

constexpr int kRanksWithValues = 193;        // blocks of twelve rounds
constexpr std::size_t kValuesEach = 10'007;  // chunks of 51 or 52 values

struct Played {
  double last_s = 0;
  std::vector<double> values;  ///< by rank a checksum
  std::string digest;
};

// In the order of the values: two of them exchanged give another.
double checksum(const Slice& data) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < data.count; ++i)
    sum = sum * 0x100000001b3ull + std::bit_cast<std::uint32_t>(data.f32()[i]);
  return static_cast<double>(sum >> 11);
}

void fill(Comm& comm, Slice data) {
  if (data.is_phantom()) return;
  auto random = keyed_stream(7, Purpose::compute_noise, static_cast<std::uint64_t>(comm.rank()));
  std::generate_n(data.f32(), data.count, [&] { return std::uniform_real_distribution<float>(-1, 1)(random); });
}

using Body = void (*)(Comm&, Slice data);

Played play(WorldOptions options, Fidelity fidelity, Body body, double spread_s) {
  options.fidelity = fidelity;
  const auto ranks = static_cast<std::size_t>(options.ranks);
  const Simulated run = simulate(options, 2 * ranks, [&](Endpoint& endpoint, std::vector<double>& values) {
    Comm comm(endpoint, {.payload = options.payload, .timeout_s = kNoDeadline});
    const auto rank = static_cast<std::size_t>(comm.rank());
    const Buffer data = comm.make_buffer(kValuesEach);
    fill(comm, data);
    comm.sleep_until(spread_s * static_cast<double>(rank * 7919 % ranks) / static_cast<double>(ranks));
    body(comm, data);
    values[rank] = comm.now();
    if (options.payload == Payload::numeric) values[ranks + rank] = checksum(data);
  });
  EXPECT_EQ(run.failure, "");
  const auto ends = run.values.begin() + static_cast<std::ptrdiff_t>(ranks);
  return {*std::max_element(run.values.begin(), ends), {ends, run.values.end()}, run.digest};
}

// Two ring all-reduces, the second of what the first has left: a rank that goes on writes over what it has sent.
void all_reduce_twice(Comm& comm, Slice data) {
  const int size = comm.size(), rounds = size - 1;
  const auto chunk = [&](int index) {
    const int wrapped = (comm.rank() + 2 * size + index) % size;
    return part_of(data, even_part(data.count, static_cast<std::size_t>(size), static_cast<std::size_t>(wrapped)));
  };
  for (int time = 0; time < 2; ++time) {
    Rounds reduce_scatter(comm, {.tag = 1, .rounds = rounds}), all_gather(comm, {.tag = 2, .rounds = rounds});
    for (int round = 0; round < rounds; ++round) reduce_scatter.send_recv_add(chunk(-round), chunk(-round - 1));
    for (int round = 0; round < rounds; ++round) all_gather.send_recv(chunk(1 - round), chunk(-round));
    if (!data.is_phantom()) std::for_each_n(data.f32(), data.count, [](float& value) { value *= 0.01f; });
  }
}

// Chunks of one value or none.
void all_reduce_few(Comm& comm, Slice data) { all_reduce_twice(comm, data.part(0, 100)); }

// What all pass on to the third rank after them.
void rotate(Comm& comm, Slice data) {
  constexpr int kRounds = 200;
  const Buffer other = comm.make_buffer(data.count);
  Rounds rounds(comm, {.tag = 1, .rounds = kRounds, .stride = 3});
  for (int round = 0; round < kRounds / 2; ++round) {
    rounds.send_recv(data, other);
    rounds.send_recv_add(other, data);
  }
}

// A pipelined chain: each rank passes on what came a round before, in buffers that are used again and again, and adds
// once in a hundred rounds.
void pass_down(Comm& comm, Slice data) {
  constexpr std::size_t kSegments = 640, kBuffers = 7;
  const std::size_t size = data.count / kBuffers;
  Rounds rounds(comm, {.tag = 1, .rounds = static_cast<int>(kSegments), .is_ring = false});
  for (std::size_t segment = 0; segment < kSegments; ++segment) {
    const Slice outgoing = data.part(segment % kBuffers * size, size);
    const Slice incoming = data.part((segment + 1) % kBuffers * size, size);
    segment % 100 == 99 ? rounds.send_recv_add(outgoing, incoming) : rounds.send_recv(outgoing, incoming);
  }
}

struct Case {
  const char* name;
  Body body;
  double spread_s;
  void (*shape)(Cluster&);
};

void PrintTo(const Case& shown, std::ostream* out) { *out << shown.name; }

class CoarseValues : public ::testing::TestWithParam<Case> {};

TEST_P(CoarseValues, AreThoseOfTheFullPlayAtThePhantomsTimes) {
  WorldOptions options = small_cluster(kRanksWithValues);
  options.cluster.workers = kRanksWithValues;
  GetParam().shape(options.cluster);
  const auto played = [&](Payload payload, Fidelity fidelity) {
    options.payload = payload;
    return play(options, fidelity, GetParam().body, GetParam().spread_s);
  };
  const Played full = played(Payload::numeric, Fidelity::full), coarse = played(Payload::numeric, Fidelity::coarse);
  EXPECT_EQ(coarse.values, full.values);
  EXPECT_NE(coarse.digest, full.digest) << "nothing was played in blocks";
  EXPECT_NE(*std::max_element(full.values.begin(), full.values.end()), 0);
  const Played phantom = played(Payload::phantom, Fidelity::coarse);
  EXPECT_EQ(coarse.last_s, phantom.last_s);
  EXPECT_EQ(coarse.digest, phantom.digest);
}

INSTANTIATE_TEST_SUITE_P(Rounds, CoarseValues,
                         ::testing::Values(Case{"in step", all_reduce_twice, 0, [](Cluster&) {}},
                                           Case{"starts spread over 50 ms", all_reduce_twice, 50e-3, [](Cluster&) {}},
                                           Case{"sends that are complete at once", all_reduce_twice, 5e-3,
                                                [](Cluster& c) { c.network.send_buffer_bytes = 1e9; }},
                                           Case{"processors take their time for messages", all_reduce_twice, 5e-3,
                                                [](Cluster& c) { c.message_overhead_s = 7e-6; }},
                                           Case{"two sites far apart", all_reduce_twice, 5e-3,
                                                [](Cluster& c) { set_topology(c.network, "sites", "{sites: 2}"); }},
                                           Case{"one by one around a change", all_reduce_twice, 0,
                                                [](Cluster& c) {
                                                  c.network.slowdowns = {
                                                      {.ranks = 50, .factor = 30, .from_s = 0.02, .until_s = 0.0203}};
                                                }},
                                           Case{"a value or none", all_reduce_few, 5e-3, [](Cluster&) {}},
                                           Case{"a rotation by three", rotate, 5e-3, [](Cluster&) {}},
                                           Case{"a chain", pass_down, 5e-3, [](Cluster&) {}}));

}  // namespace
}  // namespace tandem
