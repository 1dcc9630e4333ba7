// For a build without MPI: a job of one process, and an mpi world that is listed but cannot run.
#include "real/mpi/world.h"

namespace tandem {

const World kMpiWorld = mpi::world_that_runs(nullptr);

namespace mpi {

Place place(double) { return {}; }

std::string first_error(const std::string& mine, double) { return mine; }

}  // namespace mpi

}  // namespace tandem
