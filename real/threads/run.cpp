#include "real/threads/run.h"

#include <fmt/format.h>

#include <thread>

#include "core/errors.h"

namespace tandem::threads {

Record& Stack::new_record(std::uint64_t& id) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(records_.size()));
    records_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Record& record = records_[index];
  record.index = index;
  id = std::uint64_t{record.generation} << 32 | (index + 1u);
  return record;
}

Record* Stack::find(std::uint64_t id) {
  const std::uint64_t index = (id & 0xffffffffu) - 1;
  if (index >= records_.size()) return nullptr;
  Record& record = records_[index];
  const bool retired = record.stage.load(std::memory_order_relaxed) == Stage::free;
  return retired || record.generation != id >> 32 ? nullptr : &record;
}

void Stack::retire(Record& record) {
  record.stage.store(Stage::free, std::memory_order_relaxed);
  ++record.generation;
  free_.push_back(record.index);
}

void Stack::withdraw_all() {
  for (Record& record : records_) {
    if (record.stage.load(std::memory_order_relaxed) == Stage::free) continue;
    record.channel->withdraw(record);
    retire(record);
  }
}

Run::Run(const WorldOptions& options)
    : options_(options), start_(Clock::now()), cores_(static_cast<int>(std::thread::hardware_concurrency())) {
  const auto ranks = static_cast<std::size_t>(options.ranks);
  channels_.reserve(ranks * ranks);
  for (std::size_t i = 0; i < ranks * ranks; ++i) channels_.push_back(std::make_unique<Channel>(start_));
}

Channel& Run::channel(int from, int to) {
  if (from < 0 || from >= size() || to < 0 || to >= size()) {
    broken_invariant(fmt::format("message from rank {} to rank {} among {} ranks", from, to, size()));
  }
  return *channels_[static_cast<std::size_t>(from) * static_cast<std::size_t>(size()) + static_cast<std::size_t>(to)];
}

Stack& Run::acquire_stack() {
  stacks_in_use_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard hold(mutex_);
  if (idle_stacks_.empty()) return stacks_.emplace_back();
  Stack& stack = *idle_stacks_.back();
  idle_stacks_.pop_back();
  stack.cancelled.store(false, std::memory_order_relaxed);
  return stack;
}

void Run::release_stack(Stack& stack) {
  stacks_in_use_.fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard hold(mutex_);
  idle_stacks_.push_back(&stack);
}

double Run::now_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Run::end_rank(int rank, const std::string& error) {
  std::string why = fmt::format("rank {} has already ended", rank);
  if (!error.empty()) {
    why = fmt::format("rank {} failed at {:.6g} s: {}", rank, now_s(), error);
    std::lock_guard hold(mutex_);
    if (first_error_.empty()) first_error_ = why;
  }
  close_channels(rank, why);
}

void Run::lose_rank(int rank) { close_channels(rank, fmt::format("rank {} died at {:.6g} s", rank, now_s())); }

void Run::close_channels(int rank, const std::string& why) {
  for (int other = 0; other < size(); ++other) {
    channel(rank, other).close(why);
    channel(other, rank).close(why);
  }
}

}  // namespace tandem::threads
