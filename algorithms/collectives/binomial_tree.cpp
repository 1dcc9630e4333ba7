// Binomial tree (the textbook's; Thakur, Rabenseifner and Gropp 2005, section 2.2): in round k of a broadcast every
// rank that has the vector sends it to the rank 2^k behind it, so the number of ranks that have it doubles. A reduction
// goes the same way back: each rank adds what its children send, and sends the sum to its parent. One after the other,
// they are an all-reduce, and without any value a barrier.
//
//   cost: broadcast and reduce ceil(log2 n) (alpha + N beta) each; all-reduce and barrier twice that
//   messages per rank: one to each child, one to the parent, of N bytes each
//
// Few steps, whole vectors: it is for small ones, and for operations with a root.
#include <algorithm>
#include <bit>

#include "algorithms/collectives/binomial.h"
#include "algorithms/collectives/collective.h"

namespace tandem::collectives {
namespace {

constexpr int kUp = 1;
constexpr int kDown = 2;

void reduce(Comm& comm, Slice data, int root) {
  const BinomialPlace place(comm.rank(), root, comm.size());
  for (int bit = 1; bit < place.lowest_bit(); bit *= 2) {
    if (place.number + bit < place.size) comm.recv_add(place.rank_of(place.number + bit), kUp, data);
  }
  if (place.number != 0) comm.send(place.parent(), kUp, data);
}

void broadcast(Comm& comm, Slice data, int root) {
  const BinomialPlace place(comm.rank(), root, comm.size());
  if (place.number != 0) comm.recv(place.parent(), kDown, data);
  for (int bit = place.lowest_bit() / 2; bit > 0; bit /= 2) {
    if (place.number + bit < place.size) comm.send(place.rank_of(place.number + bit), kDown, data);
  }
}

void all_reduce(Comm& comm, Slice data) {
  reduce(comm, data, 0);
  broadcast(comm, data, 0);
}

void barrier(Comm& comm) { all_reduce(comm, {}); }

// A number's children are number + 1, + 2, + 4, ... below its lowest set bit, as far as there are ranks.
std::uint64_t children(const CallShape& shape, int rank) {
  const auto number = static_cast<unsigned>((rank - shape.root + shape.size) % shape.size);
  const int below = number == 0 ? BinomialPlace::rounds(shape.size) : std::countr_zero(number);
  const auto behind = static_cast<unsigned>(shape.size) - 1 - number;
  return static_cast<std::uint64_t>(std::min(below, static_cast<int>(std::bit_width(behind))));
}

Traffic reduce_traffic(const CallShape& shape, int rank) {
  const std::uint64_t up = rank == shape.root ? 0 : 1, bytes = value_bytes(shape.count);
  return {up, up * bytes, children(shape, rank), children(shape, rank) * bytes};
}

Traffic broadcast_traffic(const CallShape& shape, int rank) {
  const Traffic up = reduce_traffic(shape, rank);
  return {up.messages_received, up.bytes_received, up.messages_sent, up.bytes_sent};
}

Traffic all_reduce_traffic(const CallShape& shape, int rank) {
  Traffic traffic = reduce_traffic(shape, rank);
  traffic += broadcast_traffic(shape, rank);
  return traffic;
}

Traffic barrier_traffic(const CallShape& shape, int rank) { return all_reduce_traffic({.size = shape.size}, rank); }

double broadcast_cost_s(const CallShape& shape, const LinkCosts& links) {
  return BinomialPlace::rounds(shape.size) * (links.alpha_s + bytes_of_call(shape) * links.beta_s_per_byte);
}

double reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  return broadcast_cost_s(shape, links) +
         BinomialPlace::rounds(shape.size) * bytes_of_call(shape) * links.gamma_s_per_byte;
}

double all_reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  return reduce_cost_s(shape, links) + broadcast_cost_s(shape, links);
}

double barrier_cost_s(const CallShape& shape, const LinkCosts& links) {
  return all_reduce_cost_s({.size = shape.size}, links);
}

}  // namespace

Collective binomial_tree() {
  return {.name = "binomial-tree",
          .doc = "up a tree and down again in 2 log2 n steps of whole vectors: for small ones",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .all_reduce = {all_reduce, all_reduce_traffic, all_reduce_cost_s},
          .broadcast = {broadcast, broadcast_traffic, broadcast_cost_s},
          .reduce = {reduce, reduce_traffic, reduce_cost_s},
          .barrier = {barrier, barrier_traffic, barrier_cost_s}};
}

}  // namespace tandem::collectives
