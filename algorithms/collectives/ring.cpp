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
  const int right = (rank + 1) % n, left = (rank + n - 1) % n;
  const auto chunk_of = [&](int index) { return part_of(data, chunk(data.count, n, index)); };

  // Step s: pass on the chunk that the step before completed up to here, and add the next one.
  for (int step = 0; step < n - 1; ++step) {
    comm.send_recv_add(right, chunk_of(rank - step), left, chunk_of(rank - step - 1), kReduceScatter);
  }
  // Rank r now holds the whole sum of chunk r + 1.
  for (int step = 0; step < n - 1; ++step) {
    comm.send_recv(right, chunk_of(rank + 1 - step), left, chunk_of(rank - step), kAllGather);
  }
}

Traffic ring_traffic(int size, int rank, std::size_t count) {
  Traffic traffic;
  const auto bytes_of = [&](int index) { return chunk(count, size, index).size() * sizeof(float); };
  for (int step = 0; step < size - 1; ++step) {
    traffic += {1, bytes_of(rank - step), 1, bytes_of(rank - step - 1)};
    traffic += {1, bytes_of(rank + 1 - step), 1, bytes_of(rank - step)};
  }
  return traffic;
}

}  // namespace tandem
