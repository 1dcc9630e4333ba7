// Direct exchange (all-to-all in one step; Thakur, Rabenseifner and Gropp 2005 call it pairwise): every rank sends each
// other rank that rank's part at once. As a reduce-scatter each rank adds up its own part; an all-gather sends the own
// part to everyone; together they are an all-reduce in two steps of latency.
//
//   cost: each half alpha + (n-1)/n N beta; all-reduce twice that
//   messages per rank: n-1 for each half
//
// The ring's bytes with the latency of two messages, for networks that carry n-1 messages at a time to every rank.
#include "algorithms/collectives/collective.h"
#include "core/rounds.h"

namespace tandem::collectives {
namespace {

constexpr int kScatter = 1;
constexpr int kGather = 2;
constexpr int kAll = 3;

Slice part(Slice data, int size, int index) {
  return part_of(data, even_part(data.count, static_cast<std::size_t>(size), static_cast<std::size_t>(index)));
}

// What goes to a rank and what comes from it, for every other rank at once, the nearest on the right first, so that not
// all send to the same one.
template <class Outgoing, class Incoming>
void exchange(Comm& comm, int tag, int nearest, Outgoing outgoing, Incoming incoming) {
  const int count = comm.size() - nearest;
  Rounds rounds(comm, {.tag = tag, .rounds = count, .stride = nearest, .shift = 1, .at_once = true});
  for (int i = 0; i < count; ++i) rounds.send_recv(outgoing(rounds.to()), incoming(rounds.from()));
  rounds.finish();
}

void reduce_scatter(Comm& comm, Slice data) {
  const int n = comm.size(), rank = comm.rank();
  const Slice own = part(data, n, rank);
  const Slice arriving = comm.scratch(static_cast<std::size_t>(n) * own.count, data.element);
  const auto from = [&](int other) { return arriving.part(static_cast<std::size_t>(other) * own.count, own.count); };
  exchange(
      comm, kScatter, 1, [&](int other) { return part(data, n, other); }, from);
  // In the order of ranks, so that the bits do not depend on who came first.
  for (int other = 0; other < n; ++other) {
    if (other != rank) accumulate(comm, own, from(other));
  }
}

void all_gather(Comm& comm, Slice data) {
  const int n = comm.size();
  const auto part_of_rank = [&](int other) { return part(data, n, other); };
  exchange(
      comm, kGather, 1, [&](int) { return part_of_rank(comm.rank()); }, part_of_rank);
}

void all_reduce(Comm& comm, Slice data) {
  reduce_scatter(comm, data);
  all_gather(comm, data);
}

// A rank's own part is a message to itself.
void all_to_all(Comm& comm, Slice outgoing, Slice incoming) {
  const int n = comm.size();
  exchange(
      comm, kAll, 0, [&](int other) { return part(outgoing, n, other); },
      [&](int other) { return part(incoming, n, other); });
}

std::uint64_t part_bytes(const CallShape& shape, int rank) {
  return value_bytes(
      even_part(shape.count, static_cast<std::size_t>(shape.size), static_cast<std::size_t>(rank)).size());
}

Traffic reduce_scatter_traffic(const CallShape& shape, int rank) {
  const auto others = static_cast<std::uint64_t>(shape.size - 1);
  return {others, value_bytes(shape.count) - part_bytes(shape, rank), others, others * part_bytes(shape, rank)};
}

Traffic all_gather_traffic(const CallShape& shape, int rank) {
  const Traffic back = reduce_scatter_traffic(shape, rank);
  return {back.messages_received, back.bytes_received, back.messages_sent, back.bytes_sent};
}

Traffic all_reduce_traffic(const CallShape& shape, int rank) {
  Traffic traffic = reduce_scatter_traffic(shape, rank);
  traffic += all_gather_traffic(shape, rank);
  return traffic;
}

// A rank's own part travels through its own memory, as a message to itself.
Traffic all_to_all_traffic(const CallShape& shape, int) {
  const auto ranks = static_cast<std::uint64_t>(shape.size);
  const std::uint64_t bytes = value_bytes(shape.count);
  return {ranks, bytes, ranks, bytes, bytes / ranks};
}

double others_bytes(const CallShape& shape) { return (shape.size - 1.0) / shape.size * bytes_of_call(shape); }

double half_cost_s(const CallShape& shape, const LinkCosts& links) {
  return shape.size == 1 ? 0 : links.alpha_s + others_bytes(shape) * links.beta_s_per_byte;
}

double reduce_scatter_cost_s(const CallShape& shape, const LinkCosts& links) {
  return half_cost_s(shape, links) + others_bytes(shape) * links.gamma_s_per_byte;
}

double all_reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  return reduce_scatter_cost_s(shape, links) + half_cost_s(shape, links);
}

}  // namespace

Collective direct() {
  return {.name = "direct",
          .doc = "every rank exchanges parts with every other at once: the ring's bytes in two steps",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .all_reduce = {all_reduce, all_reduce_traffic, all_reduce_cost_s},
          .reduce_scatter = {reduce_scatter, reduce_scatter_traffic, reduce_scatter_cost_s},
          .all_gather = {all_gather, all_gather_traffic, half_cost_s},
          .all_to_all = {all_to_all, all_to_all_traffic, half_cost_s}};
}

}  // namespace tandem::collectives
