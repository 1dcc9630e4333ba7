#pragma once

#include "algorithms/strategies/strategy.h"

namespace tandem {

Strategy ps_async_strategy();

}  // namespace tandem
