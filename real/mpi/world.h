// The mpi world: ranks are processes of an MPI job.
#pragma once

#include <string>

#include "core/world.h"

namespace tandem {

/// Runs on the first `ranks` processes of the job that this process is part of; the others wait until the run is over.
/// Every process of the job calls `run`, in the same order and with the same options, and either all return or all
/// throw. A rank whose body throws ends the run, but not the job; a rank that dies ends the job.
extern const World kMpiWorld;

namespace mpi {

/// The mpi world with this `run`, which is null in a build without MPI.
constexpr World world_that_runs(decltype(World::run) run) {
  return {.name = "mpi",
          .doc = "ranks are processes of an MPI job: clusters, by the MPI that is there",
          .clock = "wall",
          .started_by = StartedBy::launcher,
          .honoured = {Feature::hanging_ranks, Feature::rank_processes},
          .run = run};
}

struct Place {
  int process = 0;
  int processes = 1;
};

inline constexpr double kUsualTimeout_s = 60;

/// The place of this process in its MPI job, which it joins. A process that no mpirun started is a job of one. Ends the
/// process where not all of the job come to MPI_Init within `timeout_s` and a margin.
Place place(double timeout_s = kUsualTimeout_s);

/// Every process calls it with its own error, or with an empty text, and gets the error of the first process that has
/// one. Process 0 waits for the others for at most `timeout_s` and a margin, then it ends the job and names those that
/// are missing; the others wait for process 0 without a time limit.
std::string first_error(const std::string& mine, double timeout_s = kUsualTimeout_s);

}  // namespace mpi

}  // namespace tandem
