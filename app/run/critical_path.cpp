#include "app/run/critical_path.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/message_span.h"

namespace tandem {
namespace {

/// A computation, or a wait with the idle time before its transfer.
struct Activity {
  double start_s = 0, moving_s = 0, end_s = 0;
  const Span* span = nullptr;
  std::int64_t flight = -1;
  bool is_wait = false, is_send = false;
};

/// What one stack did in the order of time, without what took no time: nothing hangs on that.
using Row = std::vector<Activity>;

std::map<int, Row> rows_of(const std::vector<Span>& spans, const std::vector<std::int64_t>& flight_of_span) {
  std::map<int, Row> rows;
  std::map<int, const Span*> idle;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    // The end of a join is the end of another stack, where the path goes on.
    if (message_of(span.name) || span.name.starts_with("join ")) continue;
    if (span.name == "idle") {
      idle[span.stack] = &span;
      continue;
    }
    const bool is_send = span.name.starts_with("send to ");
    Activity activity{.start_s = span.start_s,
                      .moving_s = span.start_s,
                      .end_s = span.end_s,
                      .span = &span,
                      .flight = flight_of_span[i],
                      .is_wait = is_send || span.name.starts_with("receive from "),
                      .is_send = is_send};
    const Span* before = std::exchange(idle[span.stack], nullptr);
    if (activity.is_wait && before != nullptr) activity.start_s = before->start_s;
    if (activity.end_s > activity.start_s) rows[span.stack].push_back(activity);
  }
  for (auto& [stack, row] : rows)
    std::sort(row.begin(), row.end(), [](const Activity& a, const Activity& b) { return a.start_s < b.start_s; });
  return rows;
}

class Walk {
 public:
  Walk(const std::vector<std::vector<Span>>& spans_of_rank, const Flights& flights) : flights_(flights) {
    for (std::size_t rank = 0; rank < spans_of_rank.size(); ++rank)
      ranks_.push_back(rows_of(spans_of_rank[rank], flights.of_span[rank]));
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      for (const auto& [stack, row] : ranks_[rank]) {
        activities_ += row.size();
        if (row.back().end_s > time_s_) rank_ = static_cast<int>(rank), stack_ = stack, time_s_ = row.back().end_s;
      }
    }
    slack_s_ = 1e-9 * time_s_;
  }

  std::vector<PathPart> path() {
    // A step takes an activity off the path or changes the row, which clocks that disagree could do for ever.
    for (std::size_t steps = 4 * activities_ + 4; steps > 0 && time_s_ > slack_s_; --steps) step();
    std::reverse(path_.begin(), path_.end());
    return std::move(path_);
  }

 private:
  /// The last activity of a stack that begins before now.
  const Activity* last(int rank, int stack) const {
    const auto found = ranks_[static_cast<std::size_t>(rank)].find(stack);
    if (found == ranks_[static_cast<std::size_t>(rank)].end()) return nullptr;
    const Row& row = found->second;
    const auto after = std::partition_point(
        row.begin(), row.end(), [&](const Activity& activity) { return activity.start_s < time_s_ - slack_s_; });
    return after == row.begin() ? nullptr : &*std::prev(after);
  }

  /// Where this stack did nothing, it was begun, notified or joined by another one of its rank: the one whose activity
  /// ended last.
  void step() {
    const Activity* own = last(rank_, stack_);
    if (own != nullptr && own->end_s >= time_s_ - slack_s_) return take(*own);
    std::optional<int> other;
    double latest_s = own == nullptr ? 0 : own->end_s;
    for (const auto& [stack, row] : ranks_[static_cast<std::size_t>(rank_)]) {
      const Activity* activity = last(rank_, stack);
      if (stack == stack_ || activity == nullptr) continue;
      if (activity->end_s <= time_s_ + slack_s_ && activity->end_s > latest_s + slack_s_)
        other = stack, latest_s = activity->end_s;
    }
    add({.kind = PathPart::Kind::other, .rank = rank_, .stack = other.value_or(stack_), .start_s = latest_s});
    stack_ = other.value_or(stack_);
  }

  void take(const Activity& activity) {
    if (!activity.is_wait) {
      return add({.kind = PathPart::Kind::computation,
                  .rank = rank_,
                  .stack = stack_,
                  .start_s = activity.start_s,
                  .work = activity.span->name});
    }
    if (activity.flight < 0)
      return add({.kind = PathPart::Kind::other, .rank = rank_, .stack = stack_, .start_s = activity.start_s});
    const Flight& flight = flights_.all[static_cast<std::size_t>(activity.flight)];
    // A sender that had to wait for the receive to be posted hangs on its receiver.
    const bool waits_for_receiver = activity.is_send && activity.moving_s > activity.start_s + slack_s_;
    const double began_s = waits_for_receiver ? activity.moving_s : flight.start_s;
    const bool is_here = !waits_for_receiver && rank_ == flight.from && stack_ == flight.from_stack;
    if (is_here && began_s >= time_s_)
      return add({.kind = PathPart::Kind::other, .rank = rank_, .stack = stack_, .start_s = activity.start_s});
    if (began_s < time_s_) {
      add({.kind = PathPart::Kind::message,
           .rank = flight.to,
           .stack = flight.to_stack,
           .from = flight.from,
           .from_stack = flight.from_stack,
           .start_s = began_s});
    }
    rank_ = waits_for_receiver ? flight.to : flight.from;
    stack_ = waits_for_receiver ? flight.to_stack : flight.from_stack;
  }

  /// The path goes back to where the part begins.
  void add(PathPart part) {
    part.start_s = std::clamp(part.start_s, 0.0, time_s_);
    part.end_s = time_s_;
    time_s_ = part.start_s;
    if (part.end_s > part.start_s) path_.push_back(std::move(part));
  }

  const Flights& flights_;
  std::vector<std::map<int, Row>> ranks_;
  std::size_t activities_ = 0;
  int rank_ = 0, stack_ = 0;
  double time_s_ = 0, slack_s_ = 0;
  std::vector<PathPart> path_;
};

}  // namespace

std::vector<PathPart> critical_path(const std::vector<std::vector<Span>>& spans_of_rank, const Flights& flights) {
  return Walk(spans_of_rank, flights).path();
}

}  // namespace tandem
