#include "algorithms/collectives/recursive_doubling.h"

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/power_of_two.h"

namespace tandem {

void recursive_doubling_all_reduce(Comm& comm, Slice data) {
  constexpr int kExchange = 1;
  const PowerOfTwo core(comm.size(), comm.rank());
  fold_in(comm, core, data);
  if (core.takes_part()) {
    const Slice arriving = comm.scratch(data.count, data.element);
    for (int distance = 1; distance < core.p; distance *= 2) {
      const int partner = core.rank_at(core.place() ^ distance);
      comm.send_recv(partner, data, partner, arriving, kExchange);
      accumulate(comm, data, arriving);
    }
  }
  fold_out(comm, core, data);
}

Traffic recursive_doubling_traffic(int size, int rank, std::size_t count) {
  const PowerOfTwo core(size, rank);
  const std::uint64_t bytes = bytes_of(count);
  Traffic traffic = fold_traffic(core, count);
  if (!core.takes_part()) return traffic;
  for (int distance = 1; distance < core.p; distance *= 2) traffic += {1, bytes, 1, bytes};
  return traffic;
}

}  // namespace tandem
