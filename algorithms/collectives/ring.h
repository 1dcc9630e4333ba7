// Ring all-reduce (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009;
// popularised for deep learning by Baidu and Horovod).
//
// The vector is cut into n chunks. In n-1 steps of reduce-scatter every rank sends one chunk to its right neighbour and
// adds the one that comes from the left to its own; chunk c has then been summed once around the ring, and
// ends at rank c-1. In n-1 steps of all-gather the finished chunks travel around once more.
//
//   cost: 2 (n-1) (alpha + N/n beta)      for N bytes, latency alpha, beta seconds a byte
//   messages a rank: 2 (n-1)              bytes a rank: about 2 (n-1)/n N, exactly in ring_traffic
//
// The bytes are optimal for any n; the latency grows with n, so small vectors on many ranks want another collective.
#pragma once

#include "core/comm.h"

namespace tandem {

void ring_all_reduce(Comm& comm, Slice data);
Traffic ring_traffic(int size, int rank, std::size_t count);

}  // namespace tandem
