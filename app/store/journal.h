// What happened to a run besides training: a line of JSON for each beginning, checkpoint and failure, appended by
// whoever sees it, in the run's folder. Times are seconds of training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/store/result.h"

namespace tandem {

struct JournalEntry {
  enum class Kind { began, checkpoint, failure, noticed, hung, died, replaced, changed, refused } kind = Kind::began;
  double time_s = 0;         ///< when the event was; checkpoint: when it was complete
  std::size_t step = 0;      ///< steps that were done
  double start_s = 0;        ///< began: when training began, on the world's clock
  double blocked_s = 0;      ///< checkpoint: how long training waited for it
  std::uint64_t bytes = 0;   ///< checkpoint: of the state
  int rank = 0;              ///< failure, hung, died: the others went on; replaced: who had died; -1: it is not known
  std::size_t fault = 0;     ///< failure, hung, died: which of the scenario's
  std::string cause = {};    ///< failure: what happened, where no fault of the scenario's foresaw it; refused: why;
                             ///< changed: why so many go on as before the change that was asked for
  double lasts_s = 0;        ///< hung; replaced: how long workers waited in vain
  int workers = 0;           ///< began: how many train; changed: how many go on
  std::string hosts = {};    ///< changed: that have come with them
  std::string request = {};  ///< changed, refused: whose; empty: a plan's
  double written_s = 0;      ///< on the machine's monotonic clock; append fills it in
};

/// Seconds on the machine's monotonic clock, the same for all its processes.
double steady_now_s();

class Journal {
 public:
  /// For the run in this folder.
  explicit Journal(const std::filesystem::path& folder);

  /// One write: entries of several processes do not mix. Throws RunFailed.
  void append(const JournalEntry& entry) const;
  /// Empty where nothing was written. A last line that is not whole is passed over.
  std::vector<JournalEntry> read() const;

 private:
  std::filesystem::path path_;
};

/// Fills in what checkpoints and failures cost. Without entries it leaves the result as it is.
void add_costs(const std::vector<JournalEntry>& entries, RunResult& result);

}  // namespace tandem
