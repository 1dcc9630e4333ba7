#include "algorithms/collectives/ring.h"

namespace tandem {
namespace {

constexpr int kReduceScatter = 1;
constexpr int kAllGather = 2;

// Chunks are counted around the ring: chunk -1 is the last one.
Range chunk(std::size_t count, int size, int index) {
  const int wrapped = ((index % size) + size) % size;
  return even_part(count, static_cast<std::size_t>(size), static_cast<std::size_t>(wrapped));
}

}  // namespace

void ring_all_reduce(Comm& comm, Slice data) {
  const int n = comm.size(), rank = comm.rank();
  const auto chunk_of = [&](int index) { return part_of(data, chunk(data.count, n, index)); };

  // Each round: pass on the chunk that the round before completed up to here, and add the next one.
  comm.ring_phase(
      kReduceScatter, Reception::add, [&](int round) { return chunk_of(rank - round); },
      [&](int round) { return chunk_of(rank - round - 1); });
  // Rank r now holds the whole sum of chunk r + 1.
  comm.ring_phase(
      kAllGather, Reception::store, [&](int round) { return chunk_of(rank + 1 - round); },
      [&](int round) { return chunk_of(rank - round); });
}

Traffic ring_traffic(int size, int rank, std::size_t count) {
  Traffic traffic;
  const auto chunk_bytes = [&](int index) { return bytes_of(chunk(count, size, index).size()); };
  for (int step = 0; step < size - 1; ++step) {
    traffic += {1, chunk_bytes(rank - step), 1, chunk_bytes(rank - step - 1)};
    traffic += {1, chunk_bytes(rank + 1 - step), 1, chunk_bytes(rank - step)};
  }
  return traffic;
}

}  // namespace tandem
