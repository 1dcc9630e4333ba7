// What a run's time hung on: the chain of computations and messages that ends with the run, found backwards from its
// last event. Whatever is not on it may take a little longer without a later end.
#pragma once

#include <string>
#include <vector>

#include "app/run/flights.h"
#include "core/trace.h"

namespace tandem {

struct PathPart {
  enum class Kind {
    computation,
    message,  ///< from its sender's post until it was taken; `rank` is the receiver
    other,    ///< what was not recorded, such as preparing a batch, or a wait whose message is not known
  };
  Kind kind = Kind::other;
  int rank = 0;
  int stack = 0;
  int from = -1;       ///< a message's sender
  int from_stack = 0;  ///< and which of its stacks
  double start_s = 0, end_s = 0;
  std::string work;  ///< what is computed
};

/// In the order of time; each part begins where the one before it ends, as far as the ranks' clocks agree: exactly in a
/// simulation. A wait that took time hangs on its message, and the message on its sender's post. A wait that found its
/// message there hangs on nothing but its own rank.
std::vector<PathPart> critical_path(const std::vector<std::vector<Span>>& spans_of_rank, const Flights& flights);

}  // namespace tandem
