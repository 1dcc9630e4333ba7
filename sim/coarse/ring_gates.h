// When the message of a block of ring rounds may begin. Played in full, a rank's round waits for what its neighbour on
// the left sent in the round before, which waited for that one's neighbour: after k rounds it has waited for the k
// ranks on its left. A message that stands for k rounds waits for the same ranks, once.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/endpoint.h"

namespace tandem::sim {

struct Message;

class RingGates {
 public:
  /// `message` is the next block of its sender. Returns the messages that may begin now, of whichever sender.
  std::vector<Message*> post(const RingBlock& block, int tag, Message& message);
  /// It will not begin.
  void forget(const Message& message);

 private:
  struct Place {
    std::uint32_t posted = 0;   ///< blocks
    std::uint32_t window = 0;   ///< places that the latest block waits for, with its own
    std::uint32_t missing = 0;  ///< of these
    Message* held = nullptr;    ///< the latest block, while any is missing
  };
  struct Ring {
    std::vector<Place> places;
    std::uint32_t widest = 0;  ///< window so far
  };
  std::map<std::pair<int, int>, Ring> rings_;  ///< by tag and first rank
};

}  // namespace tandem::sim
