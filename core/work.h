// What a computation costs, stated by whoever computes, charged by the world.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// A simulated host takes flops / speed + memory_bytes / memory_bandwidth + delay seconds (a host without a stated
/// memory bandwidth moves memory for free). A real host takes what the body takes, and the delay.
struct Work {
  double flops = 0;
  double memory_bytes = 0;
  double delay_s = 0;  ///< what it takes longer, however fast the host

  // For people who look at a timeline.
  std::string_view name = "compute";  ///< a text that outlives the run: a literal
  int microbatch = -1;                ///< which part of a batch it works on; -1: a whole one, or none
  int chunk = 0;                      ///< which part of the model, where a rank holds several
};

/// Adding values of `bytes` bytes to as many: two reads and a write of memory.
inline Work work_of_sum(std::size_t bytes) { return {.memory_bytes = 3.0 * static_cast<double>(bytes), .name = "sum"}; }

}  // namespace tandem
