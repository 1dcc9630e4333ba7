// tandem doctor: what this machine can run, and what is missing.
#pragma once

namespace tandem {

/// Prints versions, machine, and a line for each thing that a run may need: "ok", or what is missing and how to get it.
/// Returns 0 when every world of this build can run, else 1.
int doctor_command();

}  // namespace tandem
