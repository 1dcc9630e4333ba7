// Gather and scatter by a binomial tree (Chan et al., "Collective communication: theory, practice, and experience",
// 2007, where they are minimum-spanning-tree gather and scatter). Gathering, a rank waits for the parts of all ranks
// below it in the tree, and passes them on to its parent together with its own; scattering goes the same way back.
//
//   cost: ceil(log2 n) alpha + (n-1)/n N beta
//   bytes: each part once per edge on its way, N log2(n)/2 in all; the root's link carries (n-1)/n N
//
// Parts lie in their vector in the order of ranks, so those of a part of the tree that goes around from the last rank
// to rank 0 are two messages.
#include "algorithms/collectives/binomial.h"
#include "algorithms/collectives/cyclic_parts.h"

namespace tandem::collectives {
namespace {

constexpr int kGather = 1;
constexpr int kScatter = 2;

// The parts of everyone from `number` down in the tree.
std::vector<Range> parts_below(const BinomialPlace& place, std::size_t count) {
  return cyclic_parts(count, place.size, place.rank_of(place.number), place.below());
}

BinomialPlace child(const BinomialPlace& place, int bit) {
  return {place.rank_of(place.number + bit), place.root, place.size};
}

void gather(Comm& comm, Slice data, int root) {
  const BinomialPlace place(comm.rank(), root, comm.size());
  for (int bit = 1; bit < place.below(); bit *= 2) {
    for (const Range& range : parts_below(child(place, bit), data.count))
      comm.recv(place.rank_of(place.number + bit), kGather, part_of(data, range));
  }
  if (place.number == 0) return;
  for (const Range& range : parts_below(place, data.count)) comm.send(place.parent(), kGather, part_of(data, range));
}

void scatter(Comm& comm, Slice data, int root) {
  const BinomialPlace place(comm.rank(), root, comm.size());
  if (place.number != 0) {
    for (const Range& range : parts_below(place, data.count)) comm.recv(place.parent(), kScatter, part_of(data, range));
  }
  for (int bit = place.lowest_bit() / 2; bit > 0; bit /= 2) {
    if (bit >= place.below()) continue;
    for (const Range& range : parts_below(child(place, bit), data.count))
      comm.send(place.rank_of(place.number + bit), kScatter, part_of(data, range));
  }
}

Traffic gather_traffic(const CallShape& shape, int rank) {
  const BinomialPlace place(rank, shape.root, shape.size);
  Traffic traffic;
  for (int bit = 1; bit < place.below(); bit *= 2) {
    const BinomialPlace other = child(place, bit);
    traffic += reversed(sent_parts(shape.count, shape.size, other.rank_of(other.number), other.below()));
  }
  if (place.number != 0) traffic += sent_parts(shape.count, shape.size, rank, place.below());
  return traffic;
}

Traffic scatter_traffic(const CallShape& shape, int rank) { return reversed(gather_traffic(shape, rank)); }

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const int n = shape.size;
  return BinomialPlace::rounds(n) * links.alpha_s + (n - 1.0) / n * bytes_of_call(shape) * links.beta_s_per_byte;
}

}  // namespace

Collective binomial_gather() {
  return {.name = "binomial-gather",
          .doc = "parts come together, or apart, along a tree in log2 n steps",
          .paper = "Chan, Heimlich, Purkayastha and van de Geijn 2007",
          .gather = {gather, gather_traffic, cost_s},
          .scatter = {scatter, scatter_traffic, cost_s}};
}

}  // namespace tandem::collectives
