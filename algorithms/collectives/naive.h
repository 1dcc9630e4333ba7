// Gather and broadcast: every rank sends its whole vector to rank 0, which sums in rank order and sends the sum to
// everyone. What one writes first, and what the other collectives have to beat.
//
//   cost: about 2 (alpha + (n-1) N beta), all of it at rank 0's link
//   messages: n-1 in and n-1 out at rank 0, one each way elsewhere
#pragma once

#include "core/comm.h"

namespace tandem {

void naive_all_reduce(Comm& comm, Slice data);
Traffic naive_traffic(int size, int rank, std::size_t count);

}  // namespace tandem
