#include "algorithms/exchanges/server_memory.h"

#include "algorithms/exchanges/server_shards.h"

namespace tandem::parameter_server {

Memory memory(const Job& job, int rank) {
  Memory memory;
  if (rank < job.workers) {
    memory = worker_memory(job, rank);
    memory.optimizer = 0;
  }
  std::size_t held = 0;
  for (const Shard& shard : shards_of(job)) {
    if (server_rank(job, shard.server) == rank) held += shard.range.size();
  }
  const Memory part = memory_of_parameters(job, static_cast<double>(held));
  memory.parameters += part.parameters;
  memory.gradients += part.gradients * static_cast<double>(pushers_of(job).size());
  memory.optimizer += part.optimizer;
  return memory;
}

}  // namespace tandem::parameter_server
