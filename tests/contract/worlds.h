// The worlds of this build: the suite runs over each of them. The mpi world needs a program of its own, contract_mpi,
// which mpirun starts as many times as the largest test has ranks: see mpi_main.cpp.
#pragma once

#include <vector>

#include "core/world.h"
#include "real/tcp/world.h"
#include "real/threads/world.h"
#ifdef TANDEM_IN_MPI_JOB
#include "real/mpi/world.h"
#endif
#ifdef TANDEM_HAS_SIM
#include "sim/world.h"
#endif

namespace tandem::contract {

inline std::vector<const World*> worlds() {
#ifdef TANDEM_IN_MPI_JOB
  return {&kMpiWorld};
#else
  return {
      &kThreadsWorld,
      &kTcpWorld,
#ifdef TANDEM_HAS_SIM
      &kSimWorld,
#endif
  };
#endif
}

}  // namespace tandem::contract
