// When a message that stands for several rounds under way at once (core/rounds.h) is there. Its receiver gets as much
// from each of several ranks, and each of them sends one message of that size, to one of its receivers. So a rank has
// its part when the messages of all ranks that send to it in these rounds have arrived, wherever they went.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/rounds.h"
#include "sim/coarse/round_group.h"

namespace tandem::sim {

struct Message;

class ArrivalGates {
 public:
  /// `message` stands for `rounds` rounds, from the next of its sender on.
  void expect(const RoundsAt& at, int rounds, const Message& message);
  /// Returns the messages that are there now.
  std::vector<Message*> arrived(Message& message);
  /// It will not arrive, or nobody will take it.
  void forget(const Message& message);

 private:
  using BlockName = std::pair<RoundGroup, std::uint32_t>;  ///< and how often the group has played it before
  struct Expected {
    BlockName block;
    RoundsAt at;
    int rounds = 0;
  };
  /// By place.
  struct Block {
    std::vector<bool> has_arrived;
    std::vector<Message*> held;  ///< what has arrived, while others are missing
    std::vector<int> missing;
    int there = 0;  ///< messages
  };

  std::map<RoundGroup, std::vector<std::uint32_t>> posted_;  ///< by place
  std::unordered_map<const Message*, Expected> expected_;
  std::map<BlockName, Block> blocks_;
};

}  // namespace tandem::sim
