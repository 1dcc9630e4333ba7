// What a computation costs. The code that computes states it, and the world charges it.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// A simulated host takes flops / speed + memory_bytes / memory_bandwidth + delay seconds (a host without a stated
/// memory bandwidth moves memory for free). A real host takes the time of the body and the delay.
struct Work {
  double flops = 0;
  double memory_bytes = 0;
  double delay_s = 0;  ///< added, however fast the host is

  // For people who look at a timeline.
  std::string_view name = "compute";  ///< a text that outlives the run: a literal
  int microbatch = -1;                ///< which part of a batch it works on; -1: a whole one, or none
  int chunk = 0;                      ///< which part of the model, where a rank holds several
};

/// The work of adding `bytes` bytes of values to as many others: two reads and a write of memory.
inline Work work_of_sum(std::size_t bytes) { return {.memory_bytes = 3.0 * static_cast<double>(bytes), .name = "sum"}; }

}  // namespace tandem
