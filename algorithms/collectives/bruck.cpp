// Bruck's algorithms (Bruck, Ho, Kipnis, Upfal and Weathersby, "Efficient algorithms for all-to-all communications in
// multiport message-passing systems", 1997), for any number of ranks. All-gather: in round k a rank gets from the rank
// 2^k to its right the parts that that one has so far, and so doubles what it has. All-to-all: a value that has i
// places to go goes by the bits of i, in round k together with all others that have bit k; ranks pass on what is not
// theirs.
//
//   cost: all-gather ceil(log2 n) alpha + (n-1)/n N beta; all-to-all ceil(log2 n) alpha + about log2(n)/2 N beta
//   messages per rank: all-gather one per round, two where the parts go around the vector's end; all-to-all ceil(log2
//   n)
//
// The fewest steps: for short vectors. Long ones pay for what an all-to-all passes on.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "algorithms/collectives/cyclic_parts.h"

namespace tandem::collectives {
namespace {

constexpr int kGather = 1;
constexpr int kExchange = 2;

void all_gather(Comm& comm, Slice data) {
  const int n = comm.size(), rank = comm.rank();
  for (int has = 1; has < n; has *= 2) {
    const int more = std::min(has, n - has);
    std::vector<Op> ops;
    for (const Range& range : cyclic_parts(data.count, n, rank + has, more))
      ops.push_back(comm.irecv((rank + has) % n, kGather, part_of(data, range)));
    for (const Range& range : cyclic_parts(data.count, n, rank, more))
      ops.push_back(comm.isend((rank + n - has) % n, kGather, part_of(data, range)));
    comm.wait_all(ops);
  }
}

Traffic all_gather_traffic(const CallShape& shape, int rank) {
  Traffic traffic;
  for (int has = 1; has < shape.size; has *= 2) {
    const int more = std::min(has, shape.size - has);
    traffic += sent_parts(shape.count, shape.size, rank, more);
    traffic += reversed(sent_parts(shape.count, shape.size, rank + has, more));
  }
  return traffic;
}

// Copies so many parts of `bytes` each, of which copy(i) is one.
template <class Copy>
void copy_parts(Comm& comm, std::size_t parts, std::size_t bytes, Copy copy) {
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(parts * bytes)}, [&] {
    for (std::size_t i = 0; i < parts; ++i) {
      const auto [into, from] = copy(i);
      std::memcpy(into.address, from.address, bytes);
    }
  });
}

void all_to_all(Comm& comm, Slice outgoing, Slice incoming) {
  const auto n = static_cast<std::size_t>(comm.size()), rank = static_cast<std::size_t>(comm.rank());
  const std::size_t each = outgoing.count / n, bytes = bytes_of(each, outgoing.element);
  const auto part = [&](Slice data, std::size_t index) { return data.part(index * each, each); };
  // What has i places to go lies at place i; behind it is room for a round's messages.
  const Slice room = comm.scratch(2 * n * each + 2 * each, outgoing.element);
  const Slice travelling = room.part(0, n * each);
  copy_parts(comm, n, bytes,
             [&](std::size_t i) { return std::pair(part(travelling, i), part(outgoing, (rank + i) % n)); });
  for (std::size_t bit = 1; bit < n; bit *= 2) {
    std::vector<std::size_t> moving;
    for (std::size_t i = bit; i < n; ++i) {
      if ((i & bit) != 0) moving.push_back(i);
    }
    const std::size_t message = moving.size() * each;
    const Slice sent = room.part(n * each, message), received = room.part(n * each + message, message);
    copy_parts(comm, moving.size(), bytes,
               [&](std::size_t i) { return std::pair(part(sent, i), part(travelling, moving[i])); });
    const auto to = static_cast<int>((rank + bit) % n), from = static_cast<int>((rank + n - bit) % n);
    comm.send_recv(to, sent, from, received, kExchange);
    copy_parts(comm, moving.size(), bytes,
               [&](std::size_t i) { return std::pair(part(travelling, moving[i]), part(received, i)); });
  }
  copy_parts(comm, n, bytes,
             [&](std::size_t i) { return std::pair(part(incoming, (rank + n - i) % n), part(travelling, i)); });
}

// The numbers below n that have a bit set.
std::uint64_t numbers_with(int bit, int n) {
  const int whole = n / (2 * bit) * bit, rest = n % (2 * bit) - bit;
  return static_cast<std::uint64_t>(whole + std::max(0, rest));
}

Traffic all_to_all_traffic(const CallShape& shape, int) {
  const std::uint64_t part = value_bytes(shape.count) / static_cast<std::uint64_t>(shape.size);
  Traffic traffic;
  for (int bit = 1; bit < shape.size; bit *= 2) {
    const std::uint64_t bytes = numbers_with(bit, shape.size) * part;
    traffic += {1, bytes, 1, bytes};
  }
  return traffic;
}

double all_gather_cost_s(const CallShape& shape, const LinkCosts& links) {
  const int n = shape.size, rounds = std::bit_width(static_cast<unsigned>(n - 1));
  return rounds * links.alpha_s + (n - 1.0) / n * bytes_of_call(shape) * links.beta_s_per_byte;
}

double all_to_all_cost_s(const CallShape& shape, const LinkCosts& links) {
  const Traffic traffic = all_to_all_traffic(shape, 0);
  return static_cast<double>(traffic.messages_sent) * links.alpha_s +
         static_cast<double>(traffic.bytes_sent) * links.beta_s_per_byte;
}

}  // namespace

Collective bruck() {
  return {.name = "bruck",
          .doc = "all-gather and all-to-all in log2 n rounds, any number of ranks: for short vectors",
          .paper = "Bruck et al. 1997",
          .all_gather = {all_gather, all_gather_traffic, all_gather_cost_s},
          .all_to_all = {all_to_all, all_to_all_traffic, all_to_all_cost_s}};
}

}  // namespace tandem::collectives
