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
          .run = run};
}

struct Place {
  int process = 0;
  int processes = 1;
};

/// The place of this process in its MPI job, which it joins. A process that no mpirun started is a job of one.
Place place();

/// Every process calls it with its own error, or with an empty text, and gets the error of the first process that has
/// one.
std::string first_error(const std::string& mine);

}  // namespace mpi

}  // namespace tandem
