#include "app/export/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {

/// Joining another stack means to depend on what it has done.
class RecordingEndpoint::RecordedTask : public Task {
 public:
  RecordedTask(std::unique_ptr<Task> inner, RecordingEndpoint& parent, std::shared_ptr<Needs> done)
      : inner_(std::move(inner)), parent_(parent), done_(std::move(done)) {}

  void join() override {
    inner_->join();
    parent_.need(*done_);
  }

 private:
  std::unique_ptr<Task> inner_;
  RecordingEndpoint& parent_;
  std::shared_ptr<Needs> done_;
};

void RecordingEndpoint::need(const Needs& others) {
  for (const std::uint32_t other : others) {
    if (std::find(done_.begin(), done_.end(), other) == done_.end()) done_.push_back(other);
  }
}

std::uint32_t RecordingEndpoint::begin(Activity activity) {
  activity.stack = stack_;
  activity.start_s = activity.end_s = inner_.now();
  activity.needs = done_;
  recorder_.program_.activities.push_back(std::move(activity));
  return static_cast<std::uint32_t>(recorder_.program_.activities.size() - 1);
}

void RecordingEndpoint::end(std::uint32_t activity) {
  Activity& ended = recorder_.program_.activities[activity];
  ended.end_s = inner_.now();
  std::erase_if(done_, [&](std::uint32_t other) {
    return std::find(ended.needs.begin(), ended.needs.end(), other) != ended.needs.end();
  });
  done_.push_back(activity);
}

void RecordingEndpoint::note_message(Activity::Kind kind, const Op& op) {
  const bool sends = kind == Activity::Kind::send;
  posted_[op.id] = begin({.kind = kind,
                          .name = fmt::format("{} {}", sends ? "send to" : "receive from", op.peer),
                          .peer = op.peer,
                          .tag = op.tag,
                          .bytes = recorder_.wire_bytes_per_byte_ * static_cast<double>(op.bytes())});
}

Op RecordingEndpoint::isend(int to, int tag, const Meta& meta, Slice data) {
  if (to == rank()) recorder_.own_messages_[tag].sent.push_back(done_);
  const Op op = inner_.isend(to, tag, meta, data);
  if (to != rank())
    note_message(Activity::Kind::send,
                 {.id = op.id, .peer = to, .tag = tag, .count = data.count, .element = data.element});
  return op;
}

Op RecordingEndpoint::irecv(int from, int tag, Meta* meta, Slice data, Reception reception) {
  const Op op = inner_.irecv(from, tag, meta, data, reception);
  if (from == rank()) {
    recorder_.own_messages_[tag].receives.emplace_back(stack_, op.id);
  } else {
    note_message(Activity::Kind::receive,
                 {.id = op.id, .peer = from, .tag = tag, .count = data.count, .element = data.element});
  }
  return op;
}

Completion RecordingEndpoint::wait_any(std::span<const Op> ops, double deadline_s) {
  const Completion completion = inner_.wait_any(ops, deadline_s);
  if (completion.index == kNoIndex || completion.outcome != Outcome::complete) return completion;
  const Op& op = ops[completion.index];
  const auto posted = posted_.find(op.id);
  if (posted != posted_.end()) {
    end(posted->second);
    posted_.erase(posted);
  } else if (!op.is_send) {
    end_own_receive(op);
  }
  return completion;
}

/// The n-th message of a tag goes to the n-th receive.
void RecordingEndpoint::end_own_receive(const Op& op) {
  for (auto& [tag, messages] : recorder_.own_messages_) {
    const auto found = std::find(messages.receives.begin(), messages.receives.end(), std::pair(stack_, op.id));
    if (found == messages.receives.end()) continue;
    need(messages.sent.at(static_cast<std::size_t>(found - messages.receives.begin())));
    found->second = 0;  // ids are used again by no op, but another stack may have the same
    return;
  }
}

void RecordingEndpoint::cancel(const Op& op) {
  inner_.cancel(op);
  const auto posted = posted_.find(op.id);
  if (posted != posted_.end()) {
    recorder_.program_.activities[posted->second].is_withdrawn = true;
    posted_.erase(posted);
    return;
  }
  for (auto& [tag, messages] : recorder_.own_messages_) std::erase(messages.receives, std::pair(stack_, op.id));
}

void RecordingEndpoint::compute_for(const Work& work, const std::function<void()>& call) {
  const double start_s = inner_.now();
  std::string name(work.name);
  if (work.microbatch >= 0) name += fmt::format(" {}", work.microbatch);
  const std::uint32_t activity = begin({.name = std::move(name), .flops = work.flops});
  call();
  end(activity);
  recorder_.program_.activities[activity].duration_s = inner_.now() - start_s;
}

void RecordingEndpoint::compute(const Work& work, const std::function<void()>& body) {
  compute_for(work, [&] { inner_.compute(work, body); });
}

void RecordingEndpoint::sleep_until(double time_s) {
  compute_for({.name = "sleep"}, [&] { inner_.sleep_until(time_s); });
}

std::unique_ptr<Task> RecordingEndpoint::spawn(std::string name, std::function<void(Endpoint&)> stack) {
  const int number = recorder_.program_.stacks++;
  auto done = std::make_shared<Needs>(done_);
  Recorder& recorder = recorder_;
  auto recorded = [&recorder, number, done, stack = std::move(stack)](Endpoint& inner) {
    RecordingEndpoint endpoint(inner, recorder, number, *done);
    stack(endpoint);
    *done = endpoint.done_;
  };
  return std::make_unique<RecordedTask>(inner_.spawn(std::move(name), std::move(recorded)), *this, done);
}

}  // namespace tandem
