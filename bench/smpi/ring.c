/* The ring all-reduce of algorithms/collectives/ring.cpp as an MPI program, for SMPI: sizes only, no sums. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { kValues = 25000000 };

int main(int argc, char** argv) {
  int rank, size;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int chunk = kValues / size, right = (rank + 1) % size, left = (rank + size - 1) % size;
  float* outgoing = SMPI_SHARED_MALLOC(sizeof(float) * (size_t)chunk);
  float* incoming = SMPI_SHARED_MALLOC(sizeof(float) * (size_t)chunk);
  const double start_s = MPI_Wtime();
  for (int step = 0; step < 2 * (size - 1); ++step) {
    MPI_Sendrecv(outgoing, chunk, MPI_FLOAT, right, 1, incoming, chunk, MPI_FLOAT, left, 1, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
  }
  if (rank == 0) printf("simulated %.9f\n", MPI_Wtime() - start_s);
  SMPI_SHARED_FREE(outgoing);
  SMPI_SHARED_FREE(incoming);
  MPI_Finalize();
  return 0;
}
