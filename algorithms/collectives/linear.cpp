// Gather and scatter without a tree (the textbook's; Open MPI calls it linear): the root exchanges its part with every
// other rank itself, all at once.
//
//   cost: alpha + (n-1)/n N beta
//   messages: n-1 at the root, one elsewhere      bytes: the root (n-1)/n N, others their part
//
// The fewest bytes in all. Where the root can post n-1 messages at a time it is also the fastest; where each costs it
// time of its own, a tree is (binomial_gather.cpp).
#include "algorithms/collectives/cyclic_parts.h"

namespace tandem::collectives {
namespace {

constexpr int kGather = 1;
constexpr int kScatter = 2;

Slice part(Slice data, int size, int index) {
  return part_of(data, even_part(data.count, static_cast<std::size_t>(size), static_cast<std::size_t>(index)));
}

template <class Call>
void for_others(Comm& comm, Call call) {
  std::vector<Op> ops;
  for (int distance = 1; distance < comm.size(); ++distance)
    ops.push_back(call((comm.rank() + distance) % comm.size()));
  comm.wait_all(ops);
}

void gather(Comm& comm, Slice data, int root) {
  const int n = comm.size();
  if (comm.rank() != root) return comm.send(root, kGather, part(data, n, comm.rank()));
  for_others(comm, [&](int other) { return comm.irecv(other, kGather, part(data, n, other)); });
}

void scatter(Comm& comm, Slice data, int root) {
  const int n = comm.size();
  if (comm.rank() != root) {
    comm.recv(root, kScatter, part(data, n, comm.rank()));
    return;
  }
  for_others(comm, [&](int other) { return comm.isend(other, kScatter, part(data, n, other)); });
}

Traffic scatter_traffic(const CallShape& shape, int rank) {
  const std::uint64_t own = sent_parts(shape.count, shape.size, rank, 1).bytes_sent;
  if (rank != shape.root) return {0, 0, 1, own};
  return {static_cast<std::uint64_t>(shape.size - 1), value_bytes(shape.count) - own, 0, 0};
}

Traffic gather_traffic(const CallShape& shape, int rank) { return reversed(scatter_traffic(shape, rank)); }

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const int n = shape.size;
  return n == 1 ? 0 : links.alpha_s + (n - 1.0) / n * bytes_of_call(shape) * links.beta_s_per_byte;
}

}  // namespace

Collective linear() {
  return {.name = "linear",
          .doc = "the root exchanges parts with everyone itself, all at once",
          .paper = "the textbook's first version",
          .gather = {gather, gather_traffic, cost_s},
          .scatter = {scatter, scatter_traffic, cost_s}};
}

}  // namespace tandem::collectives
