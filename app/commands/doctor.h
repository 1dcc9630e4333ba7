// tandem doctor: what this machine can run, and what is missing.
#pragma once

#include "app/launch/mpirun.h"
#include "core/world.h"

namespace tandem {

/// Starts two ranks and sends one message. On an error, prints it on stdout and ends this process with code 1.
void exchange_a_message(const World& world);

/// Prints versions, machine, and a line for each thing that a run may need: "ok", or what is missing and how to get it.
/// Returns 0 when every world of this build can run, else 1.
/// `mpirun` starts the mpi world's processes.
int doctor_command(const Mpirun& mpirun);

}  // namespace tandem
