// A message as a span of its sender and as one of its receiver: who, by which tag, how much. From these two, the arrows
// of timelines and the critical path are made.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/trace.h"

namespace tandem {

/// One end of a message. Messages of one (from, to, tag) arrive in the order sent, so the n-th that was sent is the
/// n-th that was received.
struct MessageEnd {
  bool is_send = false;
  int peer = -1;  ///< the other rank of the world
  int tag = 0;    ///< as the world sees it
  std::uint64_t bytes = 0;

  bool operator==(const MessageEnd&) const = default;
};

/// The span from the beginning of the transfer, as a Completion states it, to the end of the wait for it. Unlike other
/// spans of a stack it may lie over them.
Span message_span(const MessageEnd& end, double start_s, double end_s);

/// None for a span that is no message.
std::optional<MessageEnd> message_of(std::string_view span_name);

}  // namespace tandem
