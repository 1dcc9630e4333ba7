// mpirun -n RANKS peer_openmpi BYTES [OPERATION]: MPI_Allreduce in place, or another operation, with the algorithm that
// Open MPI chooses. BYTES are those of the whole vector, as for nccl-tests; the number of ranks divides it.
#include <mpi.h>

#include <cstdlib>
#include <functional>
#include <string_view>

#include "bench/peers/samples.h"

namespace {

const MPI_Comm kAll = MPI_COMM_WORLD;

/// Calls the operation on `data`, in place where MPI has a form for that; `result` is for the others.
std::function<void()> operation_named(std::string_view name, std::vector<float>& data, std::vector<float>& result) {
  int ranks = 1, rank = 0;
  MPI_Comm_size(kAll, &ranks);
  MPI_Comm_rank(kAll, &rank);
  const int all = static_cast<int>(data.size()), each = all / ranks;
  float* values = data.data();
  if (name == "all-reduce") return [=] { MPI_Allreduce(MPI_IN_PLACE, values, all, MPI_FLOAT, MPI_SUM, kAll); };
  if (name == "broadcast") return [=] { MPI_Bcast(values, all, MPI_FLOAT, 0, kAll); };
  if (name == "all-gather") return [=] { MPI_Allgather(MPI_IN_PLACE, each, MPI_FLOAT, values, each, MPI_FLOAT, kAll); };
  result.resize(data.size());
  float* results = result.data();
  if (name == "reduce-scatter")
    return [=] { MPI_Reduce_scatter_block(values, results, each, MPI_FLOAT, MPI_SUM, kAll); };
  if (name == "all-to-all") return [=] { MPI_Alltoall(values, each, MPI_FLOAT, results, each, MPI_FLOAT, kAll); };
  std::fprintf(stderr, "no such operation\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tandem;
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::vector<float> data(argc > 1 ? std::strtoull(argv[1], nullptr, 10) / sizeof(float) : 1);
  std::vector<float> second;
  const std::function<void()> operation = operation_named(argc > 2 ? argv[2] : "all-reduce", data, second);
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
