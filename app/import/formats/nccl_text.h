// Reads what nccl-tests prints.
#pragma once

#include <vector>

#include "app/import/formats/nccl_log.h"

namespace tandem::formats {

/// At least one run with a row. Throws ScenarioError with file:line.
std::vector<NcclRun> read_nccl_text(const InputFile& input);

}  // namespace tandem::formats
