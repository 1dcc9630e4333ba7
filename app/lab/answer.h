// What a student's file gives to `tandem lab check`. The file is compiled to a shared object of its own and loaded by
// the processes that try it out; Comm and the rest of the seam are the program's.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/schedules/schedule.h"
#include "core/comm.h"

namespace tandem::lab {

/// One member per task; a file fills the member of its own. The rest stays null.
struct Answer {
  /// Tasks ring and sites: every rank calls it; afterwards every rank's `data` holds the sum over ranks.
  void (*all_reduce)(Comm& comm, Slice data) = nullptr;

  /// Task 1f1b: what stage `stage` of `stages` does, in order. `chunks` is 1.
  std::vector<Slot> (*slots)(int stage, int stages, int chunks, int microbatches) = nullptr;

  /// Task top-k: afterwards every rank's `gradient` holds the sum over ranks of what they sent, and `residual` what
  /// this rank has not sent yet.
  void (*exchange)(Comm& comm, std::span<float> gradient, std::span<float> residual, std::size_t k) = nullptr;

  /// Task server: the last `servers` ranks serve, the others work. Every rank has `parameters`, a worker has
  /// `gradient`.
  void (*server_step)(Comm& comm, int servers, Slice gradient, Slice parameters, float rate) = nullptr;

  /// Task sharing: every rank calls it; work(task) does a task, and each of 0..tasks-1 is done once, by any rank.
  void (*share)(Comm& comm, int tasks, const std::function<void(int task)>& work) = nullptr;
};

}  // namespace tandem::lab

/// The one function that a student's file exports.
extern "C" void answer(tandem::lab::Answer& mine);
