#include "app/lab/in_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>

#include "algorithms/collectives/collective.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"
#include "core/rng.h"
#include "core/units.h"

namespace tandem::lab {
namespace {

constexpr int kFound = 1;
constexpr int kGroup = 100;
constexpr double kPatience_s = 5;

Comm group_of_all(Comm& comm, int id) {
  std::vector<int> everybody(static_cast<std::size_t>(comm.size()));
  std::iota(everybody.begin(), everybody.end(), 0);
  return comm.group(everybody, id);
}

void write(std::FILE* file, const RankFound& found) {
  fmt::print(file, "{} {} {} {} {} {} {} {}\n", found.wrong, found.of, found.traffic.messages_sent,
             found.traffic.bytes_sent, found.traffic.messages_received, found.traffic.bytes_received, found.time_s,
             found.reference_s);
}

// Headers are always real and need no buffer.
void gather(Comm& comm, const RankFound& found, std::FILE* file) {
  const Traffic& traffic = found.traffic;
  const auto word = [](auto value) { return std::bit_cast<std::int64_t>(value); };
  const Meta first{{found.wrong, word(traffic.messages_sent), word(traffic.bytes_sent), word(found.time_s)}};
  const Meta second{{word(traffic.messages_received), word(traffic.bytes_received), word(found.reference_s), found.of}};
  if (comm.rank() != 0) {
    comm.send(0, kFound, {}, first);
    comm.send(0, kFound, {}, second);
    return;
  }
  write(file, found);
  for (int rank = 1; rank < comm.size(); ++rank) {
    const Meta a = comm.recv(rank, kFound, {}), b = comm.recv(rank, kFound, {});
    const auto count = [](std::int64_t value) { return std::bit_cast<std::uint64_t>(value); };
    write(file, {.wrong = a.words[0],
                 .of = b.words[3],
                 .traffic = {count(a.words[1]), count(a.words[2]), count(b.words[0]), count(b.words[1])},
                 .time_s = std::bit_cast<double>(a.words[3]),
                 .reference_s = std::bit_cast<double>(b.words[2])});
  }
  std::fflush(file);
}

std::vector<RankFound> read_all(std::FILE* file, int ranks) {
  std::rewind(file);
  std::vector<RankFound> all;
  RankFound found;
  Traffic& traffic = found.traffic;
  long long wrong = 0, of = 0;
  unsigned long long counts[4] = {};
  while (std::fscanf(file, "%lld %lld %llu %llu %llu %llu %lf %lf", &wrong, &of, &counts[0], &counts[1], &counts[2],
                     &counts[3], &found.time_s, &found.reference_s) == 8) {
    found.wrong = wrong;
    found.of = of;
    traffic = {counts[0], counts[1], counts[2], counts[3]};
    all.push_back(found);
  }
  if (static_cast<int>(all.size()) != ranks) throw RunFailed("not every rank said what it has found");
  return all;
}

}  // namespace

std::vector<const World*> lab_worlds() {
  std::vector<const World*> able = worlds();
  std::erase_if(able, [](const World* world) { return world->started_by == StartedBy::launcher; });
  std::stable_sort(able.begin(), able.end(), [](const World* a, const World* b) { return a->predicts > b->predicts; });
  return able;
}

Measured measured(Comm& comm, const std::function<void(Comm&)>& calls) {
  Comm own = group_of_all(comm, kGroup);
  barrier(comm);
  Ledger& ledger = own.ledger();
  const Traffic before = ledger.traffic;
  ledger.counting = true;
  const double start_s = comm.now();
  calls(own);
  const double time_s = comm.now() - start_s;
  ledger.counting = false;
  const Traffic& after = ledger.traffic;
  return {{after.messages_sent - before.messages_sent, after.bytes_sent - before.bytes_sent,
           after.messages_received - before.messages_received, after.bytes_received - before.bytes_received},
          time_s};
}

std::vector<RankFound> in_world(const World& world, int ranks, const Cluster& cluster, const RankTrial& trial) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  if (file == nullptr) throw RunFailed("no temporary file can be made");
  world.run({.ranks = ranks, .timeout_s = kPatience_s, .cluster = cluster}, [&](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = wait_limit_s(world, kPatience_s)});
    const RankFound found = trial(comm);
    gather(comm, found, file.get());
  });
  return read_all(file.get(), ranks);
}

double drawn(std::uint64_t seed, std::uint64_t number, std::uint64_t what, double least, double most) {
  std::mt19937_64 stream = keyed_stream(seed, Purpose::synthetic_data, number, what);
  const double share = std::ldexp(static_cast<double>(stream() >> 11), -53);
  return least * std::pow(most / least, share);
}

Cluster drawn_cluster(std::uint64_t seed, std::uint64_t number) {
  const auto two_digits = [](double value) { return std::stod(fmt::format("{:.1e}", value)); };
  Cluster cluster;
  cluster.workers = static_cast<int>(drawn(seed, number, 1, 2, 13));
  cluster.network.bandwidth_bytes_per_s = two_digits(drawn(seed, number, 2, 1e8, 1e10)) / 8;
  cluster.network.latency_s = two_digits(drawn(seed, number, 3, 1e-6, 1e-3));
  return cluster;
}

std::string text_of(const Cluster& cluster) {
  return fmt::format("{} workers, {}, {}", cluster.workers,
                     format_quantity(cluster.network.bandwidth_bytes_per_s, Dimension::data_rate, 3),
                     format_quantity(cluster.network.latency_s, Dimension::time, 3));
}

float drawn_value(std::uint64_t seed, int rank, std::size_t i) {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15U;
  std::uint64_t x = (seed + 1) * kMix + static_cast<std::uint64_t>(rank) * 0xBF58476D1CE4E5B9U + i * kMix;
  x ^= x >> 31;
  x *= 0x94D049BB133111EBU;
  x ^= x >> 29;
  constexpr std::uint64_t kMost = 2001;
  return static_cast<float>(x % kMost) - 1000;
}

double slowest_s(const std::vector<RankFound>& ranks) {
  double most = 0;
  for (const RankFound& rank : ranks) most = std::max(most, rank.time_s);
  return most;
}

double slowest_reference_s(const std::vector<RankFound>& ranks) {
  double most = 0;
  for (const RankFound& rank : ranks) most = std::max(most, rank.reference_s);
  return most;
}

Found no_slower(const std::string& where, double time_s, double reference_s, double most) {
  const auto text = [](double value_s) { return format_quantity(value_s, Dimension::time, 3); };
  return {.holds = time_s <= most * reference_s,
          .text = fmt::format("{}: {}, reference {}", where, text(time_s), text(reference_s))};
}

}  // namespace tandem::lab
