// Recursive halving-doubling (Rabenseifner 2004; Thakur, Rabenseifner and Gropp, "Optimization of collective
// communication operations in MPICH", 2005). Reduce-scatter by halving: partners at distance p/2, p/4, ... 1 split the
// part that they share, each sends the half that the other keeps and adds the half that it gets. All-gather by doubling
// goes the same way back.
//
//   cost, n a power of two: 2 log2 n alpha + 2 (n-1)/n N beta
//   messages per rank: 2 log2 n        bytes per rank: about 2 (n-1)/n N, exactly in traffic
//
// It has the ring's bytes in log2 n steps instead of n - 1: the choice for many ranks, where the ring's latency adds
// up. Partners are far apart, so on a tree of switches its first steps cross the top. Other rank counts pay two more
// messages of N bytes, see power_of_two.h.
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/power_of_two.h"

namespace tandem::collectives {
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

void all_reduce(Comm& comm, Slice data) {
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

// The part that a rank shares is halved by the bits of its place, highest first. The upper half of an odd part is
// the larger one.
Traffic traffic(const CallShape& shape, int rank) {
  const PowerOfTwo core(shape.size, rank);
  Traffic traffic = fold_traffic(core, shape.count);
  if (!core.takes_part()) return traffic;
  std::size_t shared = shape.count;
  for (int distance = core.p / 2; distance > 0; distance /= 2) {
    const std::size_t low = shared / 2, high = shared - low;
    const bool keeps_high = (core.place() & distance) != 0;
    const std::uint64_t kept = value_bytes(keeps_high ? high : low), given = value_bytes(keeps_high ? low : high);
    traffic += {2, given + kept, 2, kept + given};
    shared = keeps_high ? high : low;
  }
  return traffic;
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const PowerOfTwo core(shape.size, 0);
  const double bytes = bytes_of_call(shape);
  const double share = (core.p - 1.0) / core.p;
  return 2 * core.rounds() * links.alpha_s + 2 * share * bytes * links.beta_s_per_byte +
         share * bytes * links.gamma_s_per_byte + fold_cost_s(core, bytes, links);
}

}  // namespace

Collective halving_doubling() {
  return {.name = "halving-doubling",
          .doc = "the ring's bytes in 2 log2 n steps: for many ranks",
          .paper = "Rabenseifner 2004",
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
