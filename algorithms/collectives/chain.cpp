// Pipelined chain (Sanders, Speck and Traeff 2009 call it the linear pipeline): from the root, every rank passes the
// vector on to the next, in pieces, so that all links of the chain work at a time. A reduce goes the other way: every
// rank adds its own to the piece that comes, and passes the sum on towards the root.
//
//   cost: (m + n - 2) (alpha + N/m beta) for m pieces
//   messages per rank: m in and m out, at the ends one of them      bytes over each link: N, the least there can be
//
// For long vectors on few ranks: the vector passes every link once, but its first piece waits for n - 1 of them.
#include <algorithm>
#include <cmath>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/pick.h"

namespace tandem::collectives {
namespace {

constexpr int kDown = 1;
constexpr int kUp = 2;

// With the links that `auto` assumes, these many pieces take the least time; a piece has at least one value.
int pieces(const CallShape& shape) {
  const double waiting = std::max(0, shape.size - 2), moving = bytes_of_call(shape) / kBytesPerLatency;
  const double most = std::max(1.0, static_cast<double>(shape.count));
  return static_cast<int>(std::clamp(std::round(std::sqrt(waiting * moving)), 1.0, most));
}

// A rank's place in the chain, counted from the root, and its neighbours there.
struct Link {
  Link(int rank, int root, int size)
      : place((rank - root + size) % size),
        is_last(place == size - 1),
        back((rank + size - 1) % size),
        on((rank + 1) % size) {}
  int place;
  bool is_last;
  int back, on;
};

// Takes piece k from one neighbour while piece k - 1, complete, goes to the other.
template <class Take, class Give>
void pass(Comm& comm, Slice data, Take take, Give give) {
  const int count = pieces({.size = comm.size(), .count = data.count});
  const auto piece = [&](int index) {
    return part_of(data, even_part(data.count, static_cast<std::size_t>(count), static_cast<std::size_t>(index)));
  };
  for (int round = 0; round <= count; ++round) {
    std::vector<Op> ops;
    if (round < count) ops.push_back(take(piece(round)));
    if (round > 0) ops.push_back(give(piece(round - 1)));
    comm.wait_all(ops);
  }
}

void broadcast(Comm& comm, Slice data, int root) {
  const Link link(comm.rank(), root, comm.size());
  pass(
      comm, data, [&](Slice piece) { return link.place == 0 ? Op() : comm.irecv(link.back, kDown, piece); },
      [&](Slice piece) { return link.is_last ? Op() : comm.isend(link.on, kDown, piece); });
}

void reduce(Comm& comm, Slice data, int root) {
  const Link link(comm.rank(), root, comm.size());
  pass(
      comm, data, [&](Slice piece) { return link.is_last ? Op() : comm.irecv_add(link.on, kUp, piece); },
      [&](Slice piece) { return link.place == 0 ? Op() : comm.isend(link.back, kUp, piece); });
}

Traffic broadcast_traffic(const CallShape& shape, int rank) {
  const Link link(rank, shape.root, shape.size);
  const auto count = static_cast<std::uint64_t>(pieces(shape));
  const std::uint64_t in = link.place == 0 ? 0 : 1, out = link.is_last ? 0 : 1, bytes = value_bytes(shape.count);
  return {out * count, out * bytes, in * count, in * bytes};
}

Traffic reduce_traffic(const CallShape& shape, int rank) {
  const Traffic down = broadcast_traffic(shape, rank);
  return {down.messages_received, down.bytes_received, down.messages_sent, down.bytes_sent};
}

double broadcast_cost_s(const CallShape& shape, const LinkCosts& links) {
  if (shape.size == 1) return 0;
  const double count = pieces(shape);
  return (count + shape.size - 2) * (links.alpha_s + bytes_of_call(shape) / count * links.beta_s_per_byte);
}

double reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  if (shape.size == 1) return 0;
  const double count = pieces(shape);
  return broadcast_cost_s(shape, links) +
         (count + shape.size - 2) * bytes_of_call(shape) / count * links.gamma_s_per_byte;
}

}  // namespace

Collective chain() {
  return {.name = "chain",
          .doc = "in pieces from rank to rank: the vector passes every link once",
          .paper = "Sanders, Speck and Traeff 2009 (linear pipeline)",
          .broadcast = {broadcast, broadcast_traffic, broadcast_cost_s},
          .reduce = {reduce, reduce_traffic, reduce_cost_s}};
}

}  // namespace tandem::collectives
