// The mpi world: ranks are processes of an MPI job.
#pragma once

#include <string>

#include "core/world.h"

namespace tandem {

/// The first `ranks` processes of the job that this process is part of; the others wait until the run is over. Every
/// process of the job calls `run`, in the same order and with the same options, and every one of them returns or
/// throws alike. A rank whose body throws ends the run, not the job; one that dies takes the job along.
extern const World kMpiWorld;

namespace mpi {

/// The mpi world with this way of running it; null in a build without MPI.
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

/// This process among those of its job; joins it. Without an mpirun it is a job of one.
Place place();

/// For agreement on what to do: all processes call it, each with what troubles it (or an empty text), and get the text
/// of the first that is troubled, or an empty one.
std::string first_trouble(const std::string& mine);

}  // namespace mpi

}  // namespace tandem
