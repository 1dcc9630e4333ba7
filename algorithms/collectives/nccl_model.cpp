#include "algorithms/collectives/nccl_model.h"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

constexpr double kMicrosecond = 1e-6;

// In microseconds, by algorithm (tree, ring) and protocol (LL, LL128, Simple).
constexpr double kBase[2][3] = {{4.4, 4.4, 0}, {3.6, 10.0, 8.4}};
constexpr double kIntra[2][3] = {{0.52, 1.2, 28}, {0.47, 1.9, 3.4}};
constexpr double kInter[2][3] = {{5.0, 8.5, 50}, {2.7, 4.0, 9.6}};

double share_of_rate(NcclAlgorithm algorithm, NcclProtocol protocol, bool is_one_node) {
  if (protocol == NcclProtocol::simple) return 1;
  if (algorithm == NcclAlgorithm::ring) return protocol == NcclProtocol::ll ? 0.5 : 0.92;
  if (protocol == NcclProtocol::ll) return 1 / 3.8;
  return is_one_node ? 7.0 / 9 : 120.0 / 128;
}

}  // namespace

double nccl_all_reduce_s(NcclAlgorithm algorithm, NcclProtocol protocol, const CallShape& shape,
                         double busbw_bytes_per_s) {
  if (shape.size == 1) return 0;
  const auto a = static_cast<std::size_t>(algorithm), p = static_cast<std::size_t>(protocol);
  const double n = shape.size, nodes = std::ceil(n / shape.ranks_per_node);
  double rate = busbw_bytes_per_s * share_of_rate(algorithm, protocol, nodes == 1), latency_us = kBase[a][p];
  if (algorithm == NcclAlgorithm::ring) {
    rate *= n / (2 * (n - 1));
    latency_us += (2 * (n - 1) - 2 * (nodes - 1)) * kIntra[a][p] + 2 * (nodes - 1) * kInter[a][p];
  } else {
    rate *= 0.5 * 0.9;
    latency_us += 2 * ((n / nodes - 1) * kIntra[a][p] + std::log2(nodes) * kInter[a][p]);
  }
  return latency_us * kMicrosecond + bytes_of_call(shape) / rate;
}

double nccl_all_reduce_s(NcclAlgorithm algorithm, const CallShape& shape, double busbw_bytes_per_s) {
  double least_s = nccl_all_reduce_s(algorithm, NcclProtocol::simple, shape, busbw_bytes_per_s);
  for (const NcclProtocol protocol : {NcclProtocol::ll, NcclProtocol::ll128})
    least_s = std::min(least_s, nccl_all_reduce_s(algorithm, protocol, shape, busbw_bytes_per_s));
  return least_s;
}

}  // namespace tandem
