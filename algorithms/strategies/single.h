#pragma once

#include "algorithms/strategies/strategy.h"

namespace tandem {

Strategy single_strategy();

}  // namespace tandem
