#pragma once

#include "algorithms/strategies/strategy.h"

namespace tandem {

Strategy ps_sync_strategy();

}  // namespace tandem
