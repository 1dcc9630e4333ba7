// Everything a strategy needs to know, the same on every rank and immutable during the run.
#pragma once

#include <cstddef>
#include <cstdint>

#include "algorithms/training/batches.h"
#include "algorithms/training/dataset.h"
#include "algorithms/training/model.h"
#include "algorithms/training/spec.h"

namespace tandem {

struct Job {
  WorkloadSpec workload;
  StrategySpec strategy;
  int workers = 1;
  std::uint64_t seed = 42;
  const Dataset* data = nullptr;  ///< null with a profile model
  Model model;
  Batches batches;
  std::size_t steps = 0;  ///< what stop.steps or stop.epochs comes to
};

/// Puts a job together. `data` must outlive it. Throws UsageError (batch larger than the data, no step at all, ...).
Job make_job(const WorkloadSpec& workload, const StrategySpec& strategy, int workers, std::uint64_t seed, const Dataset* data);

}  // namespace tandem
