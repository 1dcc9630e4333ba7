#include "algorithms/exchanges/server_memory.h"

#include <algorithm>

#include "algorithms/codecs/coding.h"
#include "algorithms/exchanges/server_shards.h"

namespace tandem::parameter_server {

namespace {

// Pushes that are not coded in the first steps need as much room in all of them.
bool has_full_pushes(const Job& job) { return !is_coded(job, 0); }

double coding_memory(const Job& job, int rank, double pulls) {
  const std::vector<int> pushers = pushers_of(job);
  double bytes = 0;
  for (const Shard& shard : shards_of(job)) {
    const double message = message_bytes(job, shard.range);
    if (std::find(pushers.begin(), pushers.end(), rank) != pushers.end()) {
      bytes += kept_bytes(job, shard.range) + 2 * message;
    }
    if (server_rank(job, shard.server) != rank) continue;
    if (!has_full_pushes(job)) bytes += message * static_cast<double>(pushers.size());
    bytes += pulls * static_cast<double>(bytes_of(shard.range.size()));
  }
  return bytes;
}

}  // namespace

double memory_of_common_pulls(const Job& job, int rank) { return coding_memory(job, rank, 1); }
double memory_of_own_pulls(const Job& job, int rank) { return coding_memory(job, rank, job.workers); }

Memory memory(const Job& job, int rank) {
  const int dedicated = server_options_of(job).dedicated();
  if (rank >= job.workers + dedicated) return memory(job, rank - dedicated);  // a replica has what its server has
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
  const std::size_t pushes = has_full_pushes(job) ? pushers_of(job).size() : 0;
  const std::size_t sums = codec_choice(job) != nullptr ? 1 : 0;  // without a codec the first push becomes the sum
  memory.gradients += part.gradients * static_cast<double>(pushes + sums);
  memory.optimizer += part.optimizer;
  return memory;
}

}  // namespace tandem::parameter_server
