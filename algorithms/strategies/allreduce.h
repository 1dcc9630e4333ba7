#pragma once

#include "algorithms/strategies/strategy.h"

namespace tandem {

Strategy allreduce_strategy();

}  // namespace tandem
