#include "core/comm.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/message_span.h"
#include "core/notification.h"

namespace tandem {
namespace {

// Each group has a block of tags of its own, with those of notifications at its end.
constexpr int kTagsPerGroup = 1 << 20;

}  // namespace

CancelGuard::~CancelGuard() {
  for (Op& op : ops_) comm_.cancel(op);
}

Comm::Comm(Endpoint& endpoint, CommOptions options)
    : endpoint_(&endpoint), options_(options), rank_(endpoint.rank()), ledger_(std::make_shared<Ledger>()) {}

Comm::Comm(Endpoint& endpoint, const Comm& like, std::shared_ptr<Ledger> ledger)
    : endpoint_(&endpoint),
      options_(like.options_),
      members_(like.members_),
      rank_(like.rank_),
      group_id_(like.group_id_),
      ledger_(std::move(ledger)) {}

Slice Comm::scratch(std::size_t count, Element element) {
  if (scratch_.slice().bytes() < bytes_of(count, element)) scratch_ = make_buffer(count, element);
  return {scratch_.slice().address, count, element};
}

int Comm::endpoint_rank(int rank) const { return members_.empty() ? rank : members_[static_cast<std::size_t>(rank)]; }

int Comm::wire_tag(int tag) const { return group_id_ * kTagsPerGroup + tag; }

Op Comm::isend(int to, int tag, Slice data, const Meta& meta) {
  return sent(endpoint_->isend(endpoint_rank(to), wire_tag(tag), meta, data), to, tag, data, 1);
}

Op Comm::sent(Op op, int to, int tag, Slice data, std::uint32_t messages) {
  op.peer = to, op.tag = tag, op.is_send = true, op.count = data.count, op.element = data.element;
  op.messages = messages;
  if (ledger_->counting) {
    ledger_->traffic.messages_sent += messages;
    ledger_->traffic.bytes_sent += data.bytes();
    if (endpoint_rank(to) == endpoint_->rank()) ledger_->traffic.bytes_kept += data.bytes();
  }
  return op;
}

Op Comm::received(Op op, int from, int tag, Slice data) const {
  op.peer = from, op.tag = tag, op.is_send = false, op.count = data.count, op.element = data.element;
  return op;
}

Op Comm::irecv(int from, int tag, Slice data, Meta* meta) {
  return received(endpoint_->irecv(endpoint_rank(from), wire_tag(tag), meta, data), from, tag, data);
}

Op Comm::irecv_add(int from, int tag, Slice into, Meta* meta) {
  if (into.element == Element::byte) broken_invariant("a receive that adds raw bytes");
  Op op = received(endpoint_->irecv(endpoint_rank(from), wire_tag(tag), meta, into, Reception::add), from, tag, into);
  op.adds = true;
  return op;
}

std::size_t Comm::wait_any(std::span<Op> ops) {
  const double start_s = endpoint_->now();
  const Completion completion = endpoint_->wait_any(ops, start_s + options_.timeout_s);
  if (completion.outcome != Outcome::complete) {
    if (completion.index == kNoIndex) fail(completion, ops);
    const Op failed = std::exchange(ops[completion.index], {});
    fail(completion, {&failed, 1});
  }

  Op& op = ops[completion.index];
  if (ledger_->counting) {
    const double end_s = endpoint_->now();
    const double moving_since_s = std::clamp(completion.started_s, start_s, end_s);
    ledger_->communication_s += end_s - moving_since_s;
    if (ledger_->tracing) {
      const int peer = endpoint_rank(op.peer);
      if (moving_since_s > start_s) ledger_->add_span({.name = "idle", .start_s = start_s, .end_s = moving_since_s});
      ledger_->add_span({.name = fmt::format("{} {}", op.is_send ? "send to" : "receive from", peer),
                         .start_s = moving_since_s,
                         .end_s = end_s});
      const MessageEnd message{.is_send = op.is_send, .peer = peer, .tag = wire_tag(op.tag), .bytes = op.bytes()};
      if (peer != endpoint_->rank()) ledger_->add_span(message_span(message, completion.started_s, end_s));
    }
    if (!op.is_send) {
      ledger_->traffic.messages_received += op.messages;
      ledger_->traffic.bytes_received += op.bytes();
    }
  }
  op.id = 0;
  if (op.adds) compute(work_of_sum(op.bytes()), [] {});
  return completion.index;
}

void Comm::wait_all(std::span<Op> ops) {
  CancelGuard guard(*this, ops);
  while (std::any_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) wait_any(ops);
}

void Comm::cancel(Op& op) {
  if (op) endpoint_->cancel(op);
  op.id = 0;
}

void Comm::send(int to, int tag, Slice data, const Meta& meta) {
  Op op = isend(to, tag, data, meta);
  wait_all({&op, 1});
}

Meta Comm::recv(int from, int tag, Slice data) {
  Meta meta;
  Op op = irecv(from, tag, data, &meta);
  wait_all({&op, 1});
  return meta;
}

Meta Comm::recv_add(int from, int tag, Slice into) {
  Meta meta;
  Op op = irecv_add(from, tag, into, &meta);
  wait_all({&op, 1});
  return meta;
}

Meta Comm::send_recv(int to, Slice outgoing, int from, Slice incoming, int tag) {
  Meta meta;
  Op ops[] = {irecv(from, tag, incoming, &meta), isend(to, tag, outgoing)};
  wait_all(ops);
  return meta;
}

Meta Comm::send_recv_add(int to, Slice outgoing, int from, Slice into, int tag) {
  Meta meta;
  Op ops[] = {irecv_add(from, tag, into, &meta), isend(to, tag, outgoing)};
  wait_all(ops);
  return meta;
}

void Comm::begin_step() {
  const std::uint64_t step = steps_begun_++;
  if (!options_.noise) return;
  const double delay_s = noise_s(*options_.noise, options_.seed, endpoint_->rank(), step);
  if (delay_s > 0) compute({.delay_s = delay_s}, [] {});
}

void Comm::compute(const Work& work, const std::function<void()>& body) {
  const double start_s = endpoint_->now();
  endpoint_->compute(work, body);
  if (!ledger_->counting) return;
  const double end_s = endpoint_->now();
  ledger_->compute_s += end_s - start_s;
  if (!ledger_->tracing) return;
  ledger_->add_span({.name = std::string(work.name),
                     .start_s = start_s,
                     .end_s = end_s,
                     .microbatch = work.microbatch,
                     .chunk = work.chunk});
}

Comm Comm::group(const std::vector<int>& members, int id) const {
  Comm group(*endpoint_, *this, ledger_);
  group.members_.clear();
  group.rank_ = -1;
  for (std::size_t i = 0; i < members.size(); ++i) {
    group.members_.push_back(endpoint_rank(members[i]));
    if (members[i] == rank_) group.rank_ = static_cast<int>(i);
  }
  if (group.rank_ < 0) broken_invariant(fmt::format("rank {} makes a group that it is not in", rank_));
  group.group_id_ = id;
  return group;
}

std::string Comm::describe(std::span<const Op> ops) const {
  std::vector<std::string> waits;
  for (const Op& op : ops) {
    if (!op) continue;
    if (waits.size() == 8) {
      waits.push_back("...");
      break;
    }
    waits.push_back(op.is_send ? fmt::format("rank {} to take {} values (tag {})", op.peer, op.count, op.tag)
                               : fmt::format("{} values from rank {} (tag {})", op.count, op.peer, op.tag));
  }
  return fmt::format("{}", fmt::join(waits, ", "));
}

void Comm::fail(const Completion& completion, std::span<const Op> ops) const {
  const auto say = [&](const std::string& what) {
    return fmt::format("rank {} at {:.6g} s: {}{}{}", rank_, endpoint_->now(), what,
                       completion.detail.empty() ? "" : ": ", completion.detail);
  };
  if (completion.outcome == Outcome::deadline_exceeded) {
    throw DeadlineExceeded(say(fmt::format("waited {:g} s for {}", options_.timeout_s, describe(ops))));
  }
  if (completion.outcome == Outcome::cancelled) throw Cancelled(say("the wait was cancelled"));
  const int peer = ops.front().peer;
  if (completion.outcome == Outcome::peer_failed) {
    throw PeerFailed(peer, say(fmt::format("rank {} failed while waiting for {}", peer, describe(ops))));
  }
  throw SizeMismatch(say(fmt::format("message of another size or element, waiting for {}", describe(ops))));
}

Op Comm::notify(int tag) {
  Op op = endpoint_->isend(endpoint_->rank(), wire_tag(kNotificationTag + tag), {}, {});
  op.peer = rank_, op.tag = tag, op.is_send = true;
  return op;
}

void Comm::await_notification(int tag) {
  Op op = endpoint_->irecv(endpoint_->rank(), wire_tag(kNotificationTag + tag), nullptr, {});
  op.peer = rank_, op.tag = tag;
  CancelGuard guard(*this, {&op, 1});
  const Completion completion = endpoint_->wait_any({&op, 1}, endpoint_->now() + options_.timeout_s);
  if (completion.outcome != Outcome::complete) fail(completion, {&op, 1});
  op.id = 0;
}

// Shared by two stacks: the spawned one writes it, the spawning one reads it after join.
struct CommTask::Shared {
  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
  std::exception_ptr error;
};

CommTask Comm::spawn(std::string name, std::function<void(Comm&)> stack) {
  auto shared = std::make_shared<CommTask::Shared>();
  shared->ledger->counting = ledger_->counting;
  shared->ledger->tracing = ledger_->tracing;
  auto run = [shared, like = std::shared_ptr<Comm>(new Comm(*endpoint_, *this, ledger_)),
              stack = std::move(stack)](Endpoint& endpoint) {
    Comm comm(endpoint, *like, shared->ledger);
    try {
      stack(comm);
    } catch (const Cancelled&) {
      // The spawning stack has destroyed the task without joining it.
    } catch (const std::exception&) {
      shared->error = std::current_exception();
    }
  };
  ++stacks_spawned_;
  return CommTask(*this, stacks_spawned_, shared, endpoint_->spawn(std::move(name), std::move(run)));
}

CommTask::CommTask(Comm& parent, int stack, std::shared_ptr<Shared> shared, std::unique_ptr<Task> task)
    : parent_(&parent), stack_(stack), shared_(std::move(shared)), task_(std::move(task)) {}

void CommTask::join() {
  const double start_s = parent_->now();
  task_->join();
  Ledger& ledger = parent_->ledger();
  if (ledger.counting) {
    const double end_s = parent_->now();
    ledger.communication_s += end_s - start_s;
    if (ledger.tracing)
      ledger.add_span({.name = fmt::format("join stack {}", stack_), .start_s = start_s, .end_s = end_s});
  }
  ledger.traffic += shared_->ledger->traffic;
  for (Span& span : shared_->ledger->spans) {
    span.stack = stack_;
    ledger.spans.push_back(std::move(span));
  }
  if (shared_->error) std::rethrow_exception(shared_->error);
}

}  // namespace tandem
