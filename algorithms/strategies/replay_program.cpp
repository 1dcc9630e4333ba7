#include "algorithms/strategies/replay_program.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "algorithms/strategies/replay_deadlock.h"
#include "core/notification.h"

namespace tandem {
namespace {

using ActivityKind = ReplayActivity::Kind;

/// Sender, receiver and tag.
using Channel = std::tuple<int, int, int>;

struct Side {
  int rank = 0;
  std::size_t activity = 0;
};

Channel channel_of(int rank, const ReplayActivity& activity) {
  if (activity.kind == ActivityKind::send) return {rank, activity.peer, activity.tag};
  return {activity.peer, rank, activity.tag};
}

std::map<Channel, std::vector<Side>> sides(const ReplayProgram& program, ActivityKind kind) {
  std::map<Channel, std::vector<Side>> places;
  for (std::size_t rank = 0; rank < program.ranks.size(); ++rank) {
    for (std::size_t i = 0; i < program.ranks[rank].size(); ++i) {
      const ReplayActivity& activity = program.ranks[rank][i];
      const int here = static_cast<int>(rank);
      if (activity.kind == kind) places[channel_of(here, activity)].push_back({here, i});
    }
  }
  return places;
}

ReplayMistake lonely(const ReplayProgram& program, const Side& place, const Channel& channel, std::size_t others) {
  const ReplayActivity& activity = program.ranks[static_cast<std::size_t>(place.rank)][place.activity];
  const bool sends = activity.kind == ActivityKind::send;
  return {place.rank, place.activity,
          fmt::format("{} {} rank {} with tag {}, which {} only {} of that tag",
                      program.text_of(place.rank, place.activity), sends ? "sends to" : "receives from", activity.peer,
                      std::get<2>(channel), sends ? "receives" : "sends", others)};
}

std::optional<ReplayMistake> number_messages(ReplayProgram& program) {
  const std::map<Channel, std::vector<Side>> sends = sides(program, ActivityKind::send);
  std::map<Channel, std::vector<Side>> receives = sides(program, ActivityKind::receive);
  std::map<std::pair<int, int>, int> messages;
  const auto at = [&](const Side& place) -> ReplayActivity& {
    return program.ranks[static_cast<std::size_t>(place.rank)][place.activity];
  };
  for (const auto& [channel, places] : sends) {
    const std::vector<Side> taken = std::move(receives[channel]);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i >= taken.size()) return lonely(program, places[i], channel, taken.size());
      ReplayActivity &send = at(places[i]), &receive = at(taken[i]);
      if (send.bytes != receive.bytes) {
        return ReplayMistake{
            taken[i].rank, taken[i].activity,
            fmt::format("{} receives {} bytes, and {} sends {}", program.text_of(taken[i].rank, taken[i].activity),
                        receive.bytes, program.text_of(places[i].rank, places[i].activity), send.bytes)};
      }
      int& number = messages[{std::get<0>(channel), std::get<1>(channel)}];
      send.number = receive.number = number++;
      if (number > kNotificationTag) {
        return ReplayMistake{places[i].rank, places[i].activity,
                             fmt::format("more than {} messages from rank {} to rank {}", kNotificationTag,
                                         places[i].rank, taken[i].rank)};
      }
    }
    if (taken.size() > places.size()) return lonely(program, taken[places.size()], channel, places.size());
    receives.erase(channel);
  }
  for (const auto& [channel, places] : receives) {
    if (!places.empty()) return lonely(program, places.front(), channel, 0);
  }
  return std::nullopt;
}

std::string call_text(const ReplayActivity& call) {
  return fmt::format("{} of {} bytes{}", call.operation->name, call.bytes,
                     call.operation->has_root ? fmt::format(" with root {}", call.root) : "");
}

/// Every member calls the same collectives of a group in the same order, and in one stream of its own.
std::optional<ReplayMistake> number_collectives(ReplayProgram& program) {
  std::vector<std::vector<Side>> first(program.groups.size());  // the calls of each group's first member
  for (std::size_t group = 0; group < program.groups.size(); ++group) {
    for (const int rank : program.groups[group]) {
      std::vector<Side> calls;
      std::vector<ReplayActivity>& activities = program.ranks[static_cast<std::size_t>(rank)];
      for (std::size_t i = 0; i < activities.size(); ++i) {
        ReplayActivity& call = activities[i];
        if (call.kind != ActivityKind::collective || call.group != group) continue;
        call.number = static_cast<int>(calls.size());
        const auto refuse = [&](const std::string& why) {
          return ReplayMistake{rank, i, program.text_of(rank, i) + why};
        };
        if (!calls.empty() && activities[calls.front().activity].stream != call.stream)
          return refuse(" is in another stream than the group's collectives before it");
        calls.push_back({rank, i});
        if (rank == program.groups[group].front()) continue;
        if (calls.size() > first[group].size())
          return refuse(fmt::format(" is a collective that rank {} does not call", program.groups[group].front()));
        const Side& place = first[group][calls.size() - 1];
        const ReplayActivity& other = program.ranks[static_cast<std::size_t>(place.rank)][place.activity];
        if (call_text(other) != call_text(call))
          return refuse(
              fmt::format(" is {}, and rank {} calls {} in its place", call_text(call), place.rank, call_text(other)));
      }
      if (rank == program.groups[group].front()) first[group] = calls;
      if (calls.size() < first[group].size()) {
        const Side& place = first[group][calls.size()];
        return ReplayMistake{place.rank, place.activity,
                             fmt::format("{} is a collective that rank {} does not call",
                                         program.text_of(place.rank, place.activity), rank)};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::string ReplayProgram::text_of(int rank, std::size_t activity) const {
  const std::string& called = ranks[static_cast<std::size_t>(rank)][activity].name;
  return fmt::format("activity {}{} of rank {}", activity, called.empty() ? "" : " (" + called + ")", rank);
}

std::optional<ReplayMistake> complete_program(ReplayProgram& program) {
  if (auto mistake = number_messages(program)) return mistake;
  if (auto mistake = number_collectives(program)) return mistake;
  return deadlock_of(program);
}

}  // namespace tandem
