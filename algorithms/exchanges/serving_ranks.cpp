#include "algorithms/exchanges/serving_ranks.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/exchanges/backup_option.h"

namespace tandem::parameter_server {

ServingRanks::ServingRanks(const Job& job) : job_(job) {
  for (int server = 0; server < server_options_of(job).all(job.workers); ++server)
    ranks_.push_back(server_rank(job, server));
}

int ServingRanks::replace(const PeerFailed& death) {
  const auto place = std::find(ranks_.begin(), ranks_.end(), death.rank());
  if (!has_replicas(job_.strategy) || place == ranks_.end()) throw death;
  const int server = static_cast<int>(place - ranks_.begin());
  if (death.rank() == replica_rank(job_, server)) {
    // Either may have ended only because others had failed, so this is no first cause.
    throw PeerFailed(death.rank(), fmt::format("server {} has died, and so has its replica: {}", server, death.what()));
  }
  *place = replica_rank(job_, server);
  return server;
}

}  // namespace tandem::parameter_server
