#include "algorithms/strategies/local_gradient.h"

#include <algorithm>

namespace tandem {

std::size_t largest_part(const Job& job, int worker) {
  std::size_t largest = 0;
  for (std::size_t step = 0; step < job.steps; ++step) {
    largest = std::max(largest, job.batches.part_size(step, worker));
    if (job.workload.partition != Partitioning::hash) break;
  }
  return largest;
}

double local_gradient(Comm& comm, Replica& replica, Pass& pass, std::span<const std::uint32_t> rows) {
  replica.load(pass, rows);
  replica.begin_step();
  replica.forward(comm, pass);
  const double loss = replica.loss(comm, pass);
  replica.backward(comm, pass);
  return loss;
}

bool is_low_enough(const Job& job, double loss) {
  return job.workload.stop.loss && job.model.is_numeric() && loss <= *job.workload.stop.loss;
}

}  // namespace tandem
