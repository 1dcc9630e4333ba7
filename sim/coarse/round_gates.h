// When a message that stands for several rounds (core/rounds.h) may begin. Played in full, a rank's round waits for
// what its neighbour on the left sent in the round before, which waited for that one's neighbour: after k rounds it has
// waited for the k ranks on its left. A message that stands for k rounds waits for the same ranks, once.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/rounds.h"
#include "sim/coarse/round_group.h"

namespace tandem::sim {

struct Message;

class RoundGates {
 public:
  /// `message` stands for the next `rounds` rounds of its sender. Returns the messages that may begin now, of whichever
  /// sender.
  std::vector<Message*> post(const RoundsAt& at, int rounds, Message& message);
  /// It will not begin.
  void forget(const Message& message);

 private:
  struct Wait {
    int window = 0;   ///< places that the latest message waits for, with its own
    int missing = 0;  ///< those of them that have not posted yet
  };
  /// By place. Each message looks along thousands of places, at one of these only.
  struct Group {
    std::vector<std::uint32_t> posted;  ///< messages
    std::vector<Message*> held;         ///< the latest message, while any is missing
    std::vector<Wait> waits;
    int widest = 0;  ///< window so far
  };
  std::map<RoundGroup, Group> groups_;
};

}  // namespace tandem::sim
