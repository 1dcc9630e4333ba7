// What a launcher tells its processes: which of how many this one is, and where they meet. The one place that reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/world.h"

namespace tandem {

struct StartedAs {
  int process = 0;
  int processes = 1;
  bool by_mpi = false;  ///< by something that MPI knows, too: mpirun, a process manager, srun
  std::string names;    ///< that said so: "RANK=0, WORLD_SIZE=2"
};

/// If a launcher has started this process as one of several. Throws UsageError where only half of a pair of names is
/// set, one is no number, or two pairs contradict each other.
std::optional<StartedAs> started_as();

/// For commands that processes started together cannot share: throws UsageError if this is one of several, and not by
/// MPI where `or_by_mpi` is false.
void require_alone(const std::string& command, bool or_by_mpi);

/// Where they meet for the tcp world: MASTER_ADDR and MASTER_PORT, and the secret from TANDEM_TOKEN or from the file
/// that TANDEM_TOKEN_FILE names. Throws UsageError saying what is missing.
ProcessPlacement rendezvous_from_environment();

}  // namespace tandem
