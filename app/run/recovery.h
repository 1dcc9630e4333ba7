// A run through failures, those that its scenario has for it and those that nobody foresaw: all ranks start again from
// the last checkpoint, as TorchElastic restarts the whole group of workers (PyTorch, "Torchrun (Elastic Launch)").
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/run/execute.h"
#include "app/store/journal.h"
#include "core/process/child.h"

namespace tandem {

/// A rank was taken from an attempt, and nobody had planned it.
struct LostRank {
  std::string cause;
  int rank = -1;      ///< -1: it is not known
  double time_s = 0;  ///< when it was seen, on the machine's monotonic clock; 0: nobody saw it
};

/// How an attempt ended, besides what the journal has of it.
struct AttemptEnd {
  ProcessEnd process = {};
  std::optional<LostRank> lost = {};
  bool is_launchers = false;  ///< `process` is that of a launcher, which has said why it failed
  bool was_interrupted = false;
};

/// How attempts are carried out, and how time passes between them.
struct Lives {
  std::function<AttemptEnd(const Run& attempt)> live;
  std::function<void(double pause_s)> pause;
};

/// The first attempt at a run: from its beginning, or from the checkpoint that it is to go on from. Throws UsageError
/// where that is damaged, or not this run's.
Attempt first_attempt(const Run& run);

/// Whether such a run may take more than one attempt: ranks are to fail, their number may change, or some may be
/// lost.
bool has_several_attempts(const Scenario& scenario);

/// The last failure or change in the journal behind its first so many entries: with it an attempt has ended that began
/// with them.
std::optional<JournalEntry> ending_in_journal(const std::filesystem::path& folder, std::size_t entries_before);

/// Appends a failure to the journal of a run's folder, with what its ranks had noted of their progress.
void note_loss(const std::filesystem::path& folder, const Attempt& attempt, const LostRank& lost);

/// Brings the run up, one attempt after the other, until it ends or fails in a way that it does not recover from.
/// Returns the exit code of a launcher, or 0. Throws RunFailed.
int bring_up_through_failures(const Run& run, const Lives& lives);

}  // namespace tandem
