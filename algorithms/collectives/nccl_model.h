// NCCL's published cost model of all-reduces (NVIDIA/nccl, src/graph/tuning.cc): what its rings and its double binary
// trees take by each of its three protocols, on n ranks of N nodes. Numbers are for NVLink inside nodes.
//
//   ring  latency base + (2 (n-1) - 2 (N-1)) l_intra + 2 (N-1) l_inter, rate busbw n / (2 (n-1))
//   tree  latency base + 2 ((n/N - 1) l_intra + log2(N) l_inter),       rate busbw 0.9 / 2
//
// A protocol that stores flags beside the data (LL, LL128) is quick to start and carries a part of the rate: for rings
// 1/2 and 0.92, for trees 1/3.8 and 15/16 (7/9 inside one node).
#pragma once

#include "algorithms/collectives/collective.h"

namespace tandem {

enum class NcclAlgorithm { tree, ring };
enum class NcclProtocol { ll, ll128, simple };

/// Seconds of one all-reduce on links that give `busbw`.
double nccl_all_reduce_s(NcclAlgorithm algorithm, NcclProtocol protocol, const CallShape& shape,
                         double busbw_bytes_per_s);

/// By the protocol that is fastest.
double nccl_all_reduce_s(NcclAlgorithm algorithm, const CallShape& shape, double busbw_bytes_per_s);

}  // namespace tandem
