#include "app/export/program.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "core/errors.h"

namespace tandem {
namespace {

/// Messages of one sender, receiver and tag arrive in the order in which they were sent.
using Channel = std::tuple<int, int, int>;

bool is_message(const Activity& activity, Activity::Kind kind) {
  return activity.kind == kind && !activity.is_withdrawn;
}

}  // namespace

std::vector<std::vector<std::uint64_t>> message_numbers(const std::vector<Program>& programs) {
  std::map<Channel, std::vector<std::uint64_t>> numbers;
  std::map<Channel, std::size_t> received;
  std::map<std::pair<int, int>, std::uint64_t> sent;
  std::vector<std::vector<std::uint64_t>> all;
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    const int me = static_cast<int>(rank);
    std::vector<std::uint64_t>& mine = all.emplace_back(programs[rank].activities.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const Activity& activity = programs[rank].activities[i];
      if (!is_message(activity, Activity::Kind::send)) continue;
      mine[i] = sent[{me, activity.peer}]++;
      numbers[{me, activity.peer, activity.tag}].push_back(mine[i]);
    }
  }
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    const int me = static_cast<int>(rank);
    for (std::size_t i = 0; i < programs[rank].activities.size(); ++i) {
      const Activity& activity = programs[rank].activities[i];
      if (!is_message(activity, Activity::Kind::receive)) continue;
      const Channel channel{activity.peer, me, activity.tag};
      const std::size_t next = received[channel]++;
      if (next >= numbers[channel].size())
        throw RunFailed(fmt::format("rank {} receives a message from rank {} that was never sent", me, activity.peer));
      all[rank][i] = numbers[channel][next];
    }
  }
  for (const auto& [channel, all_sent] : numbers) {
    if (received[channel] != all_sent.size())
      throw RunFailed(fmt::format("rank {} sends {} messages to rank {} that it never receives", std::get<0>(channel),
                                  all_sent.size() - received[channel], std::get<1>(channel)));
  }
  return all;
}

}  // namespace tandem
