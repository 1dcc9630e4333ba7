#pragma once

#include "algorithms/strategies/strategy.h"

namespace tandem {

Strategy pipeline_strategy();

}  // namespace tandem
