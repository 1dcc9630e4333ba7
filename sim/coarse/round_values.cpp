#include "sim/coarse/round_values.h"

#include <algorithm>
#include <utility>

namespace tandem::sim {

void RoundPlace::begin() {
  ++begun_;
  rounds_.clear();
  sent_.clear();
  made_ = received_ = 0;
  from_left_.reset();
  if (for_later_.empty()) return;
  from_left_ = std::move(for_later_.front());
  for_later_.pop_front();
}

void RoundPlace::add(const RoundParts& parts) {
  if (places_ != nullptr) {
    const Slice& outgoing = parts.outgoing;
    given_[begun_].rounds.emplace_back(outgoing.address, outgoing.address + outgoing.bytes());
  }
  if (rounds_.empty()) {
    rounds_.push_back({parts, 0, 0});
    return;
  }
  const Round& before = rounds_.back();
  rounds_.push_back(
      {parts, before.sent_from + before.parts.outgoing.bytes(), before.received_from + before.parts.incoming.bytes()});
}

void RoundPlace::receive_given() {
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    const int distance = at_.pattern.distance(at_.round + static_cast<int>(i));
    const int source = ((at_.place - distance) % at_.size + at_.size) % at_.size;
    auto& given = (*places_)[static_cast<std::size_t>(source)].given_;
    const auto message = given.find(begun_);
    const Slice& into = rounds_[i].parts.incoming;
    const Slice from{message->second.rounds[i].data(), into.count, into.element};
    if (rounds_[i].parts.reception == Reception::add) {
      tandem::add(into, from);
    } else {
      std::copy_n(from.address, from.bytes(), into.address);
    }
    if (++message->second.taken == rounds_.size()) given.erase(message);
  }
}

void RoundPlace::leave() {
  if (right_ == nullptr) return;
  make_until(rounds_.size());
  if (right_->begun_ == begun_) {
    right_->receive();
  } else {
    right_->for_later_.push_back(std::move(sent_));
  }
}

void RoundPlace::make_until(std::size_t rounds) {
  for (; made_ < rounds; ++made_) {
    receive_until(made_);
    const Slice& outgoing = rounds_[made_].parts.outgoing;
    sent_.insert(sent_.end(), outgoing.address, outgoing.address + outgoing.bytes());
  }
}

void RoundPlace::receive_until(std::size_t rounds) {
  if (left_ == nullptr) return;
  for (; received_ < rounds; ++received_) {
    const Round& round = rounds_[received_];
    make_until(received_ + 1);
    if (!from_left_) left_->make_until(received_ + 1);
    const Slice& into = round.parts.incoming;
    const Slice from{(from_left_ ? *from_left_ : left_->sent_).data() + round.received_from, into.count, into.element};
    if (round.parts.reception == Reception::add) {
      tandem::add(into, from);
    } else {
      std::copy_n(from.address, from.bytes(), into.address);
    }
  }
}

RoundPlace& RoundValues::place(const RoundsAt& at) {
  std::vector<RoundPlace>& places = groups_[message_group_of(at)];
  if (places.empty()) {
    places.resize(static_cast<std::size_t>(at.size));
    for (int place = 0; place < at.size && at.pattern.shift == 0; ++place) {
      const int right = place_at(at, place, 1);
      if (right == kNoPlace) continue;
      RoundPlace &here = places[static_cast<std::size_t>(place)], &there = places[static_cast<std::size_t>(right)];
      here.right_ = &there;
      there.left_ = &here;
    }
  }
  RoundPlace& own = places[static_cast<std::size_t>(at.place)];
  if (at.pattern.shift != 0) own.move_on_among(places, at);
  return own;
}

}  // namespace tandem::sim
