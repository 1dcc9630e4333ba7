// Plays messages between ranks and says when each arrived.
#pragma once

#include <vector>

#include "tests/sim/simulate.h"

namespace tandem {

struct Flow {
  int from, to;
  std::size_t count;
  double start_s = 0;

  double bytes() const { return static_cast<double>(count) * sizeof(float); }
};

/// Values 2 * i and 2 * i + 1: when the receiver had flow i, and when its sender was done. All receives are posted at
/// 0.
std::vector<double> play(const WorldOptions& options, const std::vector<Flow>& flows);

}  // namespace tandem
