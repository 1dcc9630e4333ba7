#include "real/threads/endpoint.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "core/errors.h"

namespace tandem::threads {
namespace {

void require_values(int rank, Slice data) {
  if (data.is_phantom() && data.count > 0) {
    broken_invariant(fmt::format("rank {} posts a phantom slice in a real world", rank));
  }
}

class ThreadTask : public Task {
 public:
  ThreadTask(Run& run, int rank, std::function<void(Endpoint&)> stack)
      : run_(run), stack_(run.acquire_stack()), thread_([this, rank, stack = std::move(stack)] {
          ThreadEndpoint endpoint(run_, stack_, rank);
          stack(endpoint);
        }) {}

  ~ThreadTask() override {
    stack_.cancelled.store(true, std::memory_order_release);
    stack_.mailbox.parker.signal();
    join();
    run_.release_stack(stack_);
  }

  void join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  Run& run_;
  Stack& stack_;
  std::thread thread_;
};

}  // namespace

Op ThreadEndpoint::isend(int to, int tag, const Meta& meta, Slice data) {
  require_values(rank_, data);
  Op op{.peer = to, .tag = tag, .is_send = true, .count = data.count, .element = data.element};
  Record& record = stack_.new_record(op.id);
  record.owner = &stack_.mailbox;
  record.channel = &run_.channel(rank_, to);
  record.is_send = true;
  record.tag = tag;
  record.data = data;
  record.meta = meta;
  record.channel->post(record);
  return op;
}

Op ThreadEndpoint::irecv(int from, int tag, Meta* meta, Slice data, Reception reception) {
  require_values(rank_, data);
  Op op{.peer = from, .tag = tag, .is_send = false, .count = data.count, .element = data.element};
  Record& record = stack_.new_record(op.id);
  record.owner = &stack_.mailbox;
  record.channel = &run_.channel(from, rank_);
  record.is_send = false;
  record.adds = reception == Reception::add;
  record.tag = tag;
  record.data = data;
  record.meta_target = meta;
  record.channel->post(record);
  return op;
}

Record& ThreadEndpoint::posted(const Op& op) {
  Record* record = stack_.find(op.id);
  if (record == nullptr) {
    broken_invariant(fmt::format("rank {} at {:.6g} s waits for an op that is retired (peer {}, tag {})", rank_, now(),
                                 op.peer, op.tag));
  }
  return *record;
}

Completion ThreadEndpoint::wait_any(std::span<const Op> ops, double deadline_s) {
  const Clock::time_point deadline = time_point(deadline_s);
  for (;;) {
    const std::uint64_t seen = stack_.mailbox.parker.signals();
    if (stack_.cancelled.load(std::memory_order_acquire)) return {.outcome = Outcome::cancelled};
    if (const std::size_t index = first_done(ops); index != kNoIndex) return retire(ops[index], index);

    const Progress progress = move_values(ops);
    if (progress == Progress::copied) continue;
    // The peer is copying the last pieces of a message that is here: that soon ends, whatever the deadline.
    const auto until = progress == Progress::being_copied ? Clock::time_point::max() : deadline;
    stack_.mailbox.awaits_ops.store(true, std::memory_order_relaxed);
    const bool in_time = stack_.mailbox.parker.wait(seen, until, run_.has_spare_cores());
    stack_.mailbox.awaits_ops.store(false, std::memory_order_relaxed);
    if (!in_time) return {.outcome = Outcome::deadline_exceeded};
  }
}

std::size_t ThreadEndpoint::first_done(std::span<const Op> ops) {
  std::size_t first = kNoIndex;
  std::uint64_t first_completion = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (!ops[i]) continue;
    const Record& record = posted(ops[i]);
    if (record.stage.load(std::memory_order_acquire) != Stage::done) continue;
    if (first != kNoIndex && record.completion > first_completion) continue;
    first = i;
    first_completion = record.completion;
  }
  return first;
}

ThreadEndpoint::Progress ThreadEndpoint::move_values(std::span<const Op> ops) {
  Progress progress = Progress::none;
  // What a rank has written last is in its own cache: it adds to its values and copies them out before it fetches
  // others.
  for (const bool fetches : {false, true}) {
    for (const Op& op : ops) {
      if (!op) continue;
      Record& record = posted(op);
      const bool is_fetched = !record.is_send && !record.adds;
      if (is_fetched != fetches || record.stage.load(std::memory_order_acquire) != Stage::moving) continue;
      if (record.channel->help(record)) return Progress::copied;
      progress = Progress::being_copied;
    }
  }
  return progress;
}

Completion ThreadEndpoint::retire(const Op& op, std::size_t index) {
  Record& record = posted(op);
  Completion completion{index, record.outcome, record.started_s, std::move(record.detail)};
  stack_.retire(record);
  return completion;
}

void ThreadEndpoint::cancel(const Op& op) {
  Record* record = stack_.find(op.id);
  if (record == nullptr) return;
  record->channel->withdraw(*record);
  const bool took_a_message = !record->is_send && record->outcome == Outcome::complete;
  if (took_a_message && !record->adds) record->channel->give_back(*record);
  stack_.retire(*record);
}

void ThreadEndpoint::compute(const Work& work, const std::function<void()>& body) { host_.compute(*this, work, body); }

double ThreadEndpoint::now() { return std::chrono::duration<double>(Clock::now() - run_.start()).count(); }

Clock::time_point ThreadEndpoint::time_point(double time_s) const {
  constexpr double kFarAway_s = 1e9;  // beyond it, the clock's own range would overflow
  if (time_s > kFarAway_s) return Clock::time_point::max();
  return run_.start() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_s));
}

void ThreadEndpoint::sleep_until(double time_s) {
  // The parker, not std::this_thread::sleep_until, because a stack that is cancelled must wake early.
  for (;;) {
    const std::uint64_t seen = stack_.mailbox.parker.signals();
    if (stack_.cancelled.load(std::memory_order_acquire)) return;
    if (now() >= time_s || !stack_.mailbox.parker.wait(seen, time_point(time_s), false)) return;
  }
}

std::unique_ptr<Task> ThreadEndpoint::spawn(std::string, std::function<void(Endpoint&)> stack) {
  return std::make_unique<ThreadTask>(run_, rank_, std::move(stack));
}

}  // namespace tandem::threads
