// Where a server receives the pushes of a shard, and sums them.
#pragma once

#include "algorithms/exchanges/parameter_server.h"

namespace tandem::parameter_server {

/// A push that has come: whose, and of which of the worker's steps.
struct Arrival {
  int worker = 0;
  std::size_t step = 0;
  float weight = 1;  ///< what its gradient counts in the sum
};

/// A server's side of one shard: room and a header for the push of every worker.
class PushBox {
 public:
  PushBox(const Comm& comm, const Job& job, const Shard& shard);
  /// Posts the receive of a worker's push of this step.
  Op post(Comm& comm, int worker, std::size_t step);

  Push push(int worker) const { return push_from(metas_[static_cast<std::size_t>(worker)]); }
  /// The sum of the gradients that have come, in this order. Valid until the next post.
  Slice sum(Comm& comm, std::span<const Arrival> arrivals);
  /// Room for a message of this step: the worker's push, and, when that has been summed, its pull.
  Slice message(int worker, std::size_t step);

 private:
  const Job& job_;
  Shard shard_;
  std::optional<Coding> coding_;
  std::vector<Buffer> rooms_;
  std::vector<Meta> metas_;
  Buffer total_;  // only with a codec
};

}  // namespace tandem::parameter_server
