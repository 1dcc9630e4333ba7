// What a computation costs, stated by whoever computes, charged by the world.
#pragma once

namespace tandem {

/// A simulated host takes flops / speed + memory_bytes / memory_bandwidth seconds (a host without a stated memory
/// bandwidth moves memory for free). A real host takes what the body takes.
struct Work {
  double flops = 0;
  double memory_bytes = 0;
};

}  // namespace tandem
