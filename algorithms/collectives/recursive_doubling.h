// Recursive-doubling all-reduce (Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations
// in MPICH", 2005): in round k every rank exchanges its whole vector with the rank at distance 2^k and adds what it
// gets. Both add the same two vectors, so both have the same bits.
//
//   cost, n a power of two: log2 n (alpha + N beta)
//   messages a rank: log2 n, of N bytes each
//
// The fewest steps of all, for vectors so small that only latency counts; for larger ones the bytes are far from
// optimal. Other rank counts pay two more messages of N bytes, see power_of_two.h.
#pragma once

#include "core/comm.h"

namespace tandem {

void recursive_doubling_all_reduce(Comm& comm, Slice data);
Traffic recursive_doubling_traffic(int size, int rank, std::size_t count);

}  // namespace tandem
