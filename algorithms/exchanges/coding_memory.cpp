#include "algorithms/exchanges/coding_memory.h"

#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/coded_sum.h"
#include "algorithms/exchanges/exchange.h"

namespace tandem {
namespace {

double over_buckets(const Job& job, const std::function<double(Range parameters)>& bytes) {
  double total = 0;
  for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>())) {
    total += bytes(job.model.parameter_range(bucket));
  }
  return total;
}

}  // namespace

double memory_of_coded_sums(const Job& job, int) {
  return over_buckets(job, [&](Range parameters) { return sum_memory(job, parameters); });
}

double memory_of_coded_moves(const Job& job, int) { return sum_memory(job, {0, job.model.parameters}); }

double memory_of_coded_averages(const Job& job, int rank) {
  return static_cast<double>(bytes_of(job.model.parameters)) + memory_of_coded_moves(job, rank);
}

double memory_of_coded_scatters(const Job& job, int rank, Others others) {
  return over_buckets(job, [&](Range parameters) { return scatter_memory(job, parameters, rank, others); });
}

}  // namespace tandem
