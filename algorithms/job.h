// A job is everything that a strategy needs to know. It is the same on every rank and does not change during the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "algorithms/data/batches.h"
#include "algorithms/data/dataset.h"
#include "algorithms/model/model.h"
#include "algorithms/spec.h"
#include "core/comm.h"
#include "core/config/choice.h"

namespace tandem {

struct Job {
  WorkloadSpec workload;
  Choice strategy;  ///< which one, and its options
  int workers = 1;
  std::uint64_t seed = 42;
  const Dataset* data = nullptr;  ///< null with a profile model
  Model model;
  std::vector<float> initial_parameters;  ///< made before the ranks' clock starts; empty where all are 0
  Batches batches;
  std::size_t steps = 0;   ///< computed from stop.steps or stop.epochs
  int ranks_per_node = 1;  ///< workers that share a host
  LayerCut cut;            ///< made once for all ranks, by cut_layers; empty: each cuts for itself
};

/// The layers cut into so many parts by cost: `job.cut`, where it is that.
std::vector<Range> parts_of(const Job& job, int parts);

/// The initial values of these parameters, the same on every rank.
Buffer initial_buffer(const Comm& comm, const Job& job, Range parameters);

/// Makes a job. `speeds` are those of the workers' hosts, for `partition: speed`. `data` must outlive it. Throws
/// UsageError; WorkloadError (workload_error.h) for a value that does not fit, such as a batch larger than the data.
Job make_job(const WorkloadSpec& workload, const Choice& strategy, int workers, std::uint64_t seed, const Dataset* data,
             int ranks_per_node = 1, const std::vector<double>& speeds = {});

}  // namespace tandem
