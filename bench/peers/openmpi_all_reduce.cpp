// mpirun -n RANKS peer_openmpi BYTES: MPI_Allreduce in place, with the algorithm that Open MPI chooses.
#include <mpi.h>

#include <cstdlib>

#include "bench/peers/samples.h"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::vector<float> data(argc > 1 ? std::strtoull(argv[1], nullptr, 10) / sizeof(float) : 1);
  const auto operation = [&] {
    MPI_Allreduce(MPI_IN_PLACE, data.data(), static_cast<int>(data.size()), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  };
  const auto largest = [](double own) {
    double most = 0;
    MPI_Allreduce(&own, &most, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return most;
  };
  const std::vector<double> samples = tandem::peers::sample(operation, largest);
  if (rank == 0) tandem::peers::print(samples);
  MPI_Finalize();
}
