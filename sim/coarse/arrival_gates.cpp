#include "sim/coarse/arrival_gates.h"

namespace tandem::sim {

void ArrivalGates::expect(const RoundsAt& at, int rounds, const Message& message) {
  const RoundGroup group = message_group_of(at);
  std::vector<std::uint32_t>& posted = posted_[group];
  posted.resize(static_cast<std::size_t>(at.size));
  const std::uint32_t before = posted[static_cast<std::size_t>(at.place)]++;
  expected_[&message] = {{group, before}, at, rounds};
}

std::vector<Message*> ArrivalGates::arrived(Message& message) {
  const auto known = expected_.find(&message);
  const auto [name, at, rounds] = known->second;
  expected_.erase(known);
  Block& block = blocks_[name];
  const auto size = static_cast<std::size_t>(at.size), own = static_cast<std::size_t>(at.place);
  block.has_arrived.resize(size), block.held.resize(size), block.missing.resize(size);
  block.has_arrived[own] = true;
  block.held[own] = &message;
  for (int left = 1, place = at.place; left < rounds; ++left) {
    place = next_place(at, place, -1);
    block.missing[own] += !block.has_arrived[static_cast<std::size_t>(place)];
  }

  std::vector<Message*> there;
  for (int right = 0, place = at.place; right < rounds; ++right, place = next_place(at, place, 1)) {
    const auto other = static_cast<std::size_t>(place);
    if (block.held[other] == nullptr) continue;
    if (right > 0) --block.missing[other];
    if (block.missing[other] == 0) there.push_back(std::exchange(block.held[other], nullptr));
  }
  block.there += static_cast<int>(there.size());
  if (block.there == at.size) blocks_.erase(name);
  return there;
}

void ArrivalGates::forget(const Message& message) {
  expected_.erase(&message);
  for (auto& [name, block] : blocks_) {
    for (Message*& held : block.held) {
      if (held == &message) held = nullptr;
    }
  }
}

}  // namespace tandem::sim
