#include "algorithms/collectives/halving_doubling.h"

#include <vector>

#include "algorithms/collectives/power_of_two.h"

namespace tandem {
namespace {

constexpr int kHalve = 1;
constexpr int kDouble = 2;

// One halving, seen from one rank.
struct Split {
  int partner;  // rank
  Range kept;
  Range given;
};

// The splits of a rank that takes part, in the order of halving; the last one's `kept` is what it ends up with.
std::vector<Split> splits(const PowerOfTwo& core, std::size_t count) {
  std::vector<Split> all;
  Range shared{0, count};
  for (int distance = core.p / 2; distance > 0; distance /= 2) {
    const std::size_t middle = shared.begin + shared.size() / 2;
    const Range low{shared.begin, middle}, high{middle, shared.end};
    const bool keeps_low = (core.place() & distance) == 0;
    all.push_back({core.rank_at(core.place() ^ distance), keeps_low ? low : high, keeps_low ? high : low});
    shared = all.back().kept;
  }
  return all;
}

}  // namespace

void halving_doubling_all_reduce(Comm& comm, Slice data) {
  const PowerOfTwo core(comm.size(), comm.rank());
  fold_in(comm, core, data);
  if (core.takes_part()) {
    const std::vector<Split> halvings = splits(core, data.count);
    for (const Split& split : halvings) {
      comm.send_recv_add(split.partner, part_of(data, split.given), split.partner, part_of(data, split.kept), kHalve);
    }
    for (std::size_t i = halvings.size(); i-- > 0;) {
      const Split& split = halvings[i];
      comm.send_recv(split.partner, part_of(data, split.kept), split.partner, part_of(data, split.given), kDouble);
    }
  }
  fold_out(comm, core, data);
}

Traffic halving_doubling_traffic(int size, int rank, std::size_t count) {
  const PowerOfTwo core(size, rank);
  Traffic traffic = fold_traffic(core, count);
  if (!core.takes_part()) return traffic;
  for (const Split& split : splits(core, count)) {
    const std::uint64_t kept = bytes_of(split.kept.size()), given = bytes_of(split.given.size());
    traffic += {1, given, 1, kept};
    traffic += {1, kept, 1, given};
  }
  return traffic;
}

}  // namespace tandem
