#include "algorithms/strategies/replay_messages.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "core/notification.h"

namespace tandem {
namespace {

using ActivityKind = ReplayActivity::Kind;

/// Posts each message once nothing that it waits for is left, and lets streams know what they wait for. It waits for
/// whichever comes first: a message, or a stream's word that an activity has ended.
class Messages {
 public:
  Messages(Comm& comm, const ReplayPlan& plan) : comm_(comm), plan_(plan), streams_(plan.streams.size()) {
    std::size_t largest = 0;
    for (std::uint32_t i = 0; i < plan.links.size(); ++i) {
      waits_.push_back(plan.links[i].waits);
      if (activity(i).kind == ActivityKind::send) largest = std::max(largest, activity(i).bytes);
      if (waits_[i] == 0 && !activity(i).is_in_stream()) ready_.push_back(i);
    }
    sent_ = comm.make_buffer(largest, Element::byte);
  }
  ~Messages() {
    for (Op& op : ops_) comm_.cancel(op);
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  void serve() {
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) listen(stream);
    begin_ready();
    while (!ops_.empty()) {
      const std::size_t at = comm_.wait_any(ops_);
      const Posted posted = std::move(posted_[at]);
      ops_[at] = ops_.back(), ops_.pop_back();
      posted_[at] = std::move(posted_.back()), posted_.pop_back();
      if (posted.ends) end(*posted.ends);
      if (posted.stream) listen(*posted.stream);
      begin_ready();
    }
  }

 private:
  struct Posted {
    std::optional<std::uint32_t> ends = {};  ///< the activity that ends with the op
    std::optional<std::size_t> stream = {};  ///< whose word it is
    Buffer received = {};
  };
  struct Stream {
    std::size_t told = 0;   ///< so many of its activities were looked at for what they let begin
    std::size_t begun = 0;  ///< so many of them wait for nothing that is not in the stream
  };

  const ReplayActivity& activity(std::uint32_t i) const { return plan_.activities[i]; }

  void post(Op op, Posted posted) {
    ops_.push_back(op);
    posted_.push_back(std::move(posted));
  }

  /// For the next of the stream's activities that others wait for.
  void listen(std::size_t stream) {
    const std::vector<std::uint32_t>& all = plan_.streams[stream];
    std::size_t& told = streams_[stream].told;
    while (told < all.size() && plan_.links[all[told]].waited_for.empty()) ++told;
    if (told == all.size()) return;
    post(notification(comm_, has_ended_tag(stream)), {.ends = all[told++], .stream = stream});
  }

  void begin_ready() {
    while (!ready_.empty()) {
      const std::uint32_t next = ready_.front();
      ready_.pop_front();
      begin(next);
    }
  }

  void begin(std::uint32_t i) {
    const ReplayActivity& begun = activity(i);
    if (begun.is_in_stream()) return let_begin(static_cast<std::size_t>(begun.stream));
    if (begun.is_mark()) return end(i);
    if (begun.kind == ActivityKind::send)
      return post(comm_.isend(begun.peer, begun.number, sent_.slice().part(0, begun.bytes)), {.ends = i});
    Buffer buffer = comm_.make_buffer(begun.bytes, Element::byte);
    const Op op = comm_.irecv(begun.peer, begun.number, buffer);
    post(op, {.ends = i, .received = std::move(buffer)});
  }

  /// A stream waits for one word for each activity that waits for others, in their order.
  void let_begin(std::size_t stream) {
    const std::vector<std::uint32_t>& all = plan_.streams[stream];
    for (std::size_t& begun = streams_[stream].begun; begun < all.size() && waits_[all[begun]] == 0; ++begun) {
      if (plan_.links[all[begun]].waits > 0) post(comm_.notify(may_begin_tag(stream)), {});
    }
  }

  void end(std::uint32_t i) {
    for (const std::uint32_t other : plan_.links[i].waited_for) {
      if (--waits_[other] == 0) ready_.push_back(other);
    }
  }

  Comm& comm_;
  const ReplayPlan& plan_;
  std::vector<Stream> streams_;
  std::vector<std::size_t> waits_;  ///< for so many others each activity still waits
  std::deque<std::uint32_t> ready_;
  Buffer sent_;
  std::vector<Posted> posted_;
  std::vector<Op> ops_;
};

}  // namespace

void play_messages(Comm& comm, const ReplayPlan& plan) { Messages(comm, plan).serve(); }

}  // namespace tandem
