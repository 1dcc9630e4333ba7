// Which rank a worker finds each server's shards on: the server's own, or that of its replica once it has died.
#pragma once

#include <vector>

#include "algorithms/exchanges/server_shards.h"
#include "core/errors.h"

namespace tandem::parameter_server {

class ServingRanks {
 public:
  explicit ServingRanks(const Job& job);

  int of(int server) const { return ranks_[static_cast<std::size_t>(server)]; }
  /// A wait has told of a death: from now on the replica serves. Returns which server it was. Throws PeerFailed
  /// where nobody stands by, or where it was the replica that served.
  int replace(const PeerFailed& death);

 private:
  const Job& job_;
  std::vector<int> ranks_;
};

}  // namespace tandem::parameter_server
