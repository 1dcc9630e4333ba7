// The file of `--hostfile`, which Open MPI reads: a host per line, "node1 slots=4".
#pragma once

#include <string>

namespace tandem {

/// Throws UsageError that names the line which Open MPI would not understand: it stops with words about its own inside.
/// Throws, too, where no line names a host.
void check_hostfile(const std::string& hostfile);

}  // namespace tandem
