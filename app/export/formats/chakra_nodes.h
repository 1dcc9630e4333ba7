// The nodes of MLCommons Chakra for what a rank did: for both of its forms, protobuf and JSON.
#pragma once

#include <vector>

#include "app/export/program.h"
#include "app/import/chakra.pb.h"

namespace tandem {

/// One node per activity that takes time, in their order; ids count activities from 0. Durations are whole
/// microseconds: what one rounds off, a later one gets, so that a rank's computations last as long together.
std::vector<chakra::Node> chakra_nodes(int rank, const Program& program, const std::vector<std::uint64_t>& numbers);

}  // namespace tandem
