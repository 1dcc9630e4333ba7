#include "algorithms/exchanges/sharded_memory.h"

#include <algorithm>

#include "algorithms/exchanges/buckets.h"

namespace tandem {

Memory sharded_memory(const Job& job, int worker, int stage) {
  Memory memory = worker_memory(job, worker);
  memory.optimizer /= job.workers;
  if (stage > 1) memory.gradients /= job.workers;
  if (stage < 3) return memory;
  memory.parameters /= job.workers;
  std::size_t largest = 0;
  for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>()))
    largest = std::max(largest, job.model.parameter_range(bucket).size());
  memory.room = job.model.bytes_per_parameter.parameter * static_cast<double>(largest);
  return memory;
}

}  // namespace tandem
