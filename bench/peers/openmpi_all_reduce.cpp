// mpirun -n RANKS peer_openmpi BYTES: MPI_Allreduce in place, with the algorithm that Open MPI chooses.
#include <mpi.h>

#include <cstdlib>

#include "bench/peers/samples.h"

int main(int argc, char** argv) {
  using namespace tandem;
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::vector<float> data(argc > 1 ? std::strtoull(argv[1], nullptr, 10) / sizeof(float) : 1);
  const auto operation = [&] {
    MPI_Allreduce(MPI_IN_PLACE, data.data(), static_cast<int>(data.size()), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  };
  const auto over_all = [](double own, MPI_Op op) {
    double result = 0;
    MPI_Allreduce(&own, &result, 1, MPI_DOUBLE, op, MPI_COMM_WORLD);
    return result;
  };
  const peers::Measured measured =
      peers::measure(RUSAGE_SELF, operation, [&](double own) { return over_all(own, MPI_MAX); });
  const double cpu_s = over_all(measured.cpu_s, MPI_SUM);
  if (rank == 0) peers::print(measured, cpu_s);
  MPI_Finalize();
}
