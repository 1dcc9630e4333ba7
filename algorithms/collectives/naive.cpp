// Gather and broadcast: every rank sends its whole vector to rank 0, which sums in rank order and sends the sum to
// everyone. It is what one writes first, and what the other collectives have to beat.
//
//   cost: about 2 (alpha + (n-1) N beta), all of it at rank 0's link
//   messages: n-1 in and n-1 out at rank 0, one each way elsewhere
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem::collectives {
namespace {

constexpr int kRoot = 0;
constexpr int kGather = 1;
constexpr int kBroadcast = 2;

void all_reduce(Comm& comm, Slice data) {
  if (comm.rank() != kRoot) {
    comm.send(kRoot, kGather, data);
    comm.recv(kRoot, kBroadcast, data);
    return;
  }
  const auto others = static_cast<std::size_t>(comm.size() - 1);
  const Slice gathered = comm.scratch(others * data.count, data.element);
  const auto vector_of = [&](std::size_t other) { return gathered.part(other * data.count, data.count); };

  std::vector<Op> ops(others);
  for (std::size_t i = 0; i < others; ++i) ops[i] = comm.irecv(static_cast<int>(i) + 1, kGather, vector_of(i));
  comm.wait_all(ops);
  for (std::size_t i = 0; i < others; ++i) accumulate(comm, data, vector_of(i));
  for (std::size_t i = 0; i < others; ++i) ops[i] = comm.isend(static_cast<int>(i) + 1, kBroadcast, data);
  comm.wait_all(ops);
}

Traffic traffic(const CallShape& shape, int rank) {
  if (shape.size == 1) return {};
  const std::uint64_t messages = rank == kRoot ? static_cast<std::uint64_t>(shape.size - 1) : 1;
  const std::uint64_t bytes = messages * value_bytes(shape.count);
  return {messages, bytes, messages, bytes};
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  if (shape.size == 1) return 0;
  const double bytes = (shape.size - 1) * bytes_of_call(shape);
  return 2 * (links.alpha_s + bytes * links.beta_s_per_byte) + bytes * links.gamma_s_per_byte;
}

}  // namespace

Collective naive() {
  return {.name = "naive",
          .doc = "gather to rank 0, sum, broadcast: the baseline to beat",
          .paper = "the textbook's first version",
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
