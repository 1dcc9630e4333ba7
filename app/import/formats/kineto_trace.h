// A trace of PyTorch's profiler (Kineto), read event by event: a trace of a few steps has 10^5 of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/import/input.h"

namespace tandem::formats {

struct KinetoEvent {
  enum class Kind : std::uint8_t { op, annotation, kernel, launch };
  Kind kind = Kind::op;
  double start_us = 0;
  double length_us = 0;
  std::int64_t process = 0, thread = 0;
  std::int64_t correlation = -1;  ///< joins a kernel to the launch that began it
  std::int64_t sequence = -1;     ///< joins a backward operator to its forward operator
  double elements = -1;           ///< in a collective's message; below 0: not recorded
  std::uint32_t name = 0;         ///< index into KinetoTrace::names
  std::uint32_t type = 0;         ///< the message's elements' type, likewise; 0: none
  bool is_all_reduce = false;     ///< a call of it, where the trace says so
  double weights = -1;            ///< trainable values by the recorded shapes of the inputs; below 0: not recorded

  double end_us() const { return start_us + length_us; }
};

struct KinetoTrace {
  std::vector<KinetoEvent> events;
  std::vector<std::string> names = {""};
  std::string backend;  ///< torch.distributed's; empty: the trace does not say
  long rank = -1, ranks = -1;
  std::size_t all_events = 0;  ///< with those that are passed over

  const std::string& name_of(const KinetoEvent& event) const { return names[event.name]; }
};

/// Whether an operator of this name has trainable inputs.
bool has_weights(const std::string& name);

/// Throws ScenarioError where the file is no JSON.
KinetoTrace read_kineto(const InputFile& input);

}  // namespace tandem::formats
