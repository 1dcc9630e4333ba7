// What a launcher tells its processes by the environment: the number of this process, how many there are, and where the
// rendezvous is. No other file reads these variables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/world.h"

namespace tandem {

struct StartedAs {
  int process = 0;
  int processes = 1;
  bool by_mpi = false;  ///< by a launcher that MPI knows, too: mpirun, a process manager, srun
  std::string names;    ///< the variables that were set: "RANK=0, WORLD_SIZE=2"
};

/// Nothing if no launcher has started this process. Throws UsageError where only one of a pair of names is set, a value
/// is no number, or two pairs contradict each other.
std::optional<StartedAs> started_as();

/// For commands that processes started together cannot share: throws UsageError if this is one of several, and not by
/// MPI where `or_by_mpi` is false.
void require_alone(const std::string& command, bool or_by_mpi);

/// The rendezvous of the tcp world: MASTER_ADDR and MASTER_PORT, and the secret from TANDEM_TOKEN or from the file that
/// TANDEM_TOKEN_FILE names. Throws UsageError naming what is missing.
ProcessPlacement rendezvous_from_environment();

}  // namespace tandem
