// Dissemination barrier (Hensgen, Finkel and Manber, "Two algorithms for barrier synchronization", 1988): in round k
// every rank tells the rank 2^k to its right; after ceil(log2 n) rounds everyone has heard, indirectly, from everyone.
//
//   cost: ceil(log2 n) alpha; every rank leaves at the same time on equal links
#pragma once

#include "core/comm.h"

namespace tandem {

void barrier(Comm& comm);

}  // namespace tandem
