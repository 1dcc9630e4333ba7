// The tasks of one of several peers in a step, kept on a stack beside the one that computes: so a peer who asks is
// answered at once, although the worker is busy.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/comm.h"

namespace tandem {

class TaskKeeper {
 public:
  /// For a step of `all` tasks, which this peer begins with `own` of. All members of the Comm are peers.
  TaskKeeper(Comm& comm, std::size_t all, Range own);

  /// Hands tasks to its worker, gives some to peers who have none, and asks for theirs when it has none. Returns when
  /// all tasks have been begun, and every worker has ended its own.
  void serve();

  /// For the worker, on another stack: waits for a task; none when all have been begun.
  static std::optional<std::size_t> next_task(Comm& comm);

 private:
  // The worker of this keeper asks and is given, too, as the peer with its own number.
  enum Kind { kAsked, kGiven, kSaidAsk, kSaidGive, kKinds };
  Op& op(Kind kind, std::size_t peer) { return ops_[kind * size_ + peer]; }
  void await(Kind kind, std::size_t peer);
  void say(Kind kind, std::size_t peer, const Meta& meta);

  void handle(Kind kind, std::size_t peer);
  void share_out();
  void give_half(std::size_t peer);
  void ask_everyone();
  bool all_are_begun() const;

  Comm& comm_;
  std::size_t size_, rank_, all_;
  std::deque<std::size_t> tasks_;  // that nobody has begun
  bool worker_waits_ = false, has_asked_ = false;
  std::vector<bool> waits_;              // who has asked, and was given nothing since
  std::vector<std::int64_t> begun_;      // how many tasks each peer had begun when it asked last; -1: it has not asked
  std::vector<Meta> questions_, gifts_;  // from each peer
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem
