// What the ranks of one run share: channels, stacks, the clock, and the first error.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/world.h"
#include "real/threads/channel.h"

namespace tandem::threads {

/// One stack of one rank: its ops, and where it waits. Stacks are reused and live as long as the run, because a peer
/// may still wake one that has just ended.
class Stack {
 public:
  Record& new_record(std::uint64_t& id);
  /// Null when the op of this id is retired.
  Record* find(std::uint64_t id);
  void retire(Record& record);
  /// Withdraws every op that is still posted; called before their buffers are freed.
  void withdraw_all();

  Mailbox mailbox;
  std::atomic<bool> cancelled{false};

 private:
  std::deque<Record> records_;
  std::vector<std::uint32_t> free_;
};

class Run {
 public:
  explicit Run(const WorldOptions& options);

  int size() const { return options_.ranks; }
  const Cluster& cluster() const { return options_.cluster; }
  Clock::time_point start() const { return start_; }
  Channel& channel(int from, int to);

  Stack& acquire_stack();
  void release_stack(Stack& stack);
  /// Whether every stack that runs now has a core of its own.
  bool has_spare_cores() const { return stacks_in_use_.load(std::memory_order_relaxed) <= cores_; }

  /// This rank sends nothing more: ops that wait for it fail. `error` is empty when it returned.
  void end_rank(int rank, const std::string& error);
  /// This rank has died, and the run goes on as long as nobody needs it: ops that wait for it fail.
  void lose_rank(int rank);
  /// The error of the rank that failed first; empty when none has.
  const std::string& first_error() const { return first_error_; }

 private:
  double now_s() const;
  void close_channels(int rank, const std::string& why);

  WorldOptions options_;
  Clock::time_point start_;
  int cores_;
  std::vector<std::unique_ptr<Channel>> channels_;  ///< from * size + to

  std::atomic<int> stacks_in_use_{0};
  std::mutex mutex_;  ///< guards what follows
  std::deque<Stack> stacks_;
  std::vector<Stack*> idle_stacks_;
  std::string first_error_;
};

}  // namespace tandem::threads
