#include "algorithms/collectives/barrier.h"

namespace tandem {

void barrier(Comm& comm) {
  constexpr int kBarrier = 3;
  const int n = comm.size(), rank = comm.rank();
  for (int distance = 1; distance < n; distance *= 2) {
    comm.send_recv((rank + distance) % n, {}, (rank + n - distance) % n, {}, kBarrier);
  }
}

}  // namespace tandem
