#include "algorithms/collectives/naive.h"

#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {
namespace {

constexpr int kRoot = 0;
constexpr int kGather = 1;
constexpr int kBroadcast = 2;

}  // namespace

void naive_all_reduce(Comm& comm, Slice data) {
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

Traffic naive_traffic(int size, int rank, std::size_t count) {
  const std::uint64_t messages = rank == kRoot ? static_cast<std::uint64_t>(size - 1) : 1;
  const std::uint64_t bytes = messages * bytes_of(count);
  return size == 1 ? Traffic{} : Traffic{messages, bytes, messages, bytes};
}

}  // namespace tandem
