#include <array>

#include "algorithms/strategies/allreduce.h"
#include "algorithms/strategies/pipeline.h"
#include "algorithms/strategies/ps_async.h"
#include "algorithms/strategies/ps_sync.h"
#include "algorithms/strategies/single.h"
#include "algorithms/strategies/strategy.h"

namespace tandem {

std::span<const Strategy> strategies() {
  static const std::array kStrategies = {single_strategy(), allreduce_strategy(), ps_sync_strategy(),
                                         ps_async_strategy(), pipeline_strategy()};
  return kStrategies;
}

const Strategy* find_strategy(std::string_view name) {
  for (const Strategy& strategy : strategies()) {
    if (strategy.name == name) return &strategy;
  }
  return nullptr;
}

}  // namespace tandem
