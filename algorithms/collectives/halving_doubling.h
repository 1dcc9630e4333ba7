// Recursive halving-doubling all-reduce (Rabenseifner 2004; Thakur, Rabenseifner and Gropp 2005). Reduce-scatter by
// halving: partners at distance p/2, p/4, ... 1 split the part that they share, each sends the half that the other
// keeps and adds the half that it gets. All-gather by doubling goes the same way back.
//
//   cost, n a power of two: 2 log2 n alpha + 2 (n-1)/n N beta
//   messages a rank: 2 log2 n        bytes a rank: about 2 (n-1)/n N, exactly in halving_doubling_traffic
//
// The ring's bytes in log2 n steps instead of n - 1: the choice for many ranks, where the ring's latency adds up.
// Partners are far apart, so on a tree of switches its first steps cross the top. Other rank counts pay two more
// messages of N bytes, see power_of_two.h.
#pragma once

#include "core/comm.h"

namespace tandem {

void halving_doubling_all_reduce(Comm& comm, Slice data);
Traffic halving_doubling_traffic(int size, int rank, std::size_t count);

}  // namespace tandem
