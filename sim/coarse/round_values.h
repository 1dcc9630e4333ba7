// The values of rounds that are played as one message (core/rounds.h), where payloads are numeric. What a rank sends in
// one round may be what the round before has brought it, so the values of such a message do not exist when it is
// posted. They are made when it arrives, round by round: for that a round of a rank needs the rounds before it, its own
// and those of the rank on its left, and no others. RoundGates let a message begin only when all of these ranks have
// posted theirs, so their buffers hold what they had before it, and stand still.
//
// Where partners move on (RoundPattern::shift), one message brings what several ranks have sent. All that these send is
// there before the first round: it is kept from the posting on until all of its receivers have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/rounds.h"
#include "sim/coarse/round_group.h"

namespace tandem::sim {

/// What one rank of a group sends and receives in its latest message.
class RoundPlace {
 public:
  /// Its next message follows.
  void begin();
  void add(const RoundParts& parts);

  /// Makes the values that it receives.
  void receive() { places_ == nullptr ? receive_until(rounds_.size()) : receive_given(); }
  /// Its message outlasts its buffers: makes the values that it sends, for the rank on its right.
  void leave();

  /// The places of all ranks, where partners move on.
  void move_on_among(std::vector<RoundPlace>& places, const RoundsAt& at) { places_ = &places, at_ = at; }

 private:
  friend class RoundValues;
  using Bytes = std::vector<std::byte>;
  struct Round {
    RoundParts parts;
    std::size_t sent_from, received_from;  ///< places in the bytes of the message that it sends, and receives
  };

  /// What a message sends, to one rank after the other.
  struct Given {
    std::vector<Bytes> rounds;
    std::size_t taken = 0;
  };

  void receive_until(std::size_t rounds);
  void receive_given();
  void make_until(std::size_t rounds);

  RoundPlace *left_ = nullptr, *right_ = nullptr;  ///< null beyond the ends of a chain
  std::vector<Round> rounds_;
  std::size_t made_ = 0, received_ = 0;  ///< so many rounds
  std::uint64_t begun_ = 0;              ///< messages
  Bytes sent_;                           ///< in the rounds that are made; a buffer may be used in several rounds
  std::optional<Bytes> from_left_;       ///< where the rank on the left has gone on from this message
  std::deque<Bytes> for_later_;          ///< the same for messages that have not begun here, in their order

  std::vector<RoundPlace>* places_ = nullptr;  ///< null: partners stay
  RoundsAt at_;
  std::map<std::uint64_t, Given> given_;  ///< by message
};

class RoundValues {
 public:
  RoundPlace& place(const RoundsAt& at);

 private:
  std::map<RoundGroup, std::vector<RoundPlace>> groups_;
};

}  // namespace tandem::sim
