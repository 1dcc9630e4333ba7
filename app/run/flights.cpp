#include "app/run/flights.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/message_span.h"

namespace tandem {
namespace {

struct Place {
  std::size_t rank = 0, span = 0;
};

/// Sender, receiver and tag: among these, messages arrive in the order sent.
using Lane = std::tuple<int, int, int>;

struct Ends {
  std::vector<Place> sends, receives;
};

std::map<Lane, Ends> lanes_of(const std::vector<std::vector<Span>>& spans_of_rank) {
  std::map<Lane, Ends> lanes;
  for (std::size_t rank = 0; rank < spans_of_rank.size(); ++rank) {
    for (std::size_t i = 0; i < spans_of_rank[rank].size(); ++i) {
      const auto message = message_of(spans_of_rank[rank][i].name);
      if (!message) continue;
      const int self = static_cast<int>(rank);
      if (message->is_send) {
        lanes[{self, message->peer, message->tag}].sends.push_back({rank, i});
      } else {
        lanes[{message->peer, self, message->tag}].receives.push_back({rank, i});
      }
    }
  }
  return lanes;
}

}  // namespace

Flights flights_of(const std::vector<std::vector<Span>>& spans_of_rank) {
  Flights flights;
  for (const auto& spans : spans_of_rank) flights.of_span.emplace_back(spans.size(), -1);
  const auto span_at = [&](const Place& place) -> const Span& { return spans_of_rank[place.rank][place.span]; };
  // The wait for a message is recorded right before the message.
  const auto note = [&](const Place& place, std::size_t flight) {
    if (place.span > 0) flights.of_span[place.rank][place.span - 1] = static_cast<std::int64_t>(flight);
  };
  for (const auto& [lane, ends] : lanes_of(spans_of_rank)) {
    const std::size_t whole = std::min(ends.sends.size(), ends.receives.size());
    for (std::size_t i = 0; i < whole; ++i) {
      const Span &sent = span_at(ends.sends[i]), &received = span_at(ends.receives[i]);
      const std::size_t wait = ends.receives[i].span;
      const bool waited = wait > 0 && spans_of_rank[ends.receives[i].rank][wait - 1].end_s >
                                          spans_of_rank[ends.receives[i].rank][wait - 1].start_s;
      note(ends.sends[i], flights.all.size());
      note(ends.receives[i], flights.all.size());
      flights.all.push_back({.from = std::get<0>(lane),
                             .from_stack = sent.stack,
                             .to = std::get<1>(lane),
                             .to_stack = received.stack,
                             .start_s = sent.start_s,
                             .end_s = received.end_s,
                             .moved_s = waited ? received.end_s : std::min(sent.end_s, received.end_s),
                             .bytes = message_of(received.name)->bytes});
    }
  }
  return flights;
}

}  // namespace tandem
