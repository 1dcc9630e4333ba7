// The messages of a checkpoint: each stack that holds state reports its part to the first, which releases all of them.
// They are not the strategy's traffic.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "app/run/checkpoint_state.h"
#include "core/comm.h"

namespace tandem {

/// A part that was written.
struct PartReport {
  CheckpointPart part;
  std::uint64_t state_bytes = 0;
};

/// One stack's side. The leader passes over those who have died, where the run outlives them. Other waits have the
/// deadline of the Comm that is given, and throw as its waits do.
class CheckpointMeeting {
 public:
  /// Which report: of what was written before training goes on, or beside it.
  enum class Report { before, beside };

  /// `holders` outlive it; the first of them leads.
  CheckpointMeeting(const std::vector<Holder>& holders, Holder self, bool outlives_deaths)
      : holders_(holders), self_(self), outlives_deaths_(outlives_deaths) {}

  bool leads() const { return self_ == holders_.front(); }

  /// The leader's: its own and those of all others, in the order of the holders.
  std::vector<PartReport> collect(Comm& comm, Report which, const PartReport& own) const;
  /// All others'.
  void report(Comm& comm, Report which, const PartReport& own) const;

  /// The leader's: all others may go on, and the next checkpoint is due after so many steps.
  void release(Comm& comm, std::size_t next_step) const;
  /// All others': waits for it.
  std::size_t await_release(Comm& comm) const;

  /// The leader's, as a step begins: so many workers are to go on after it; 0: as many as now.
  void tell_workers(Comm& comm, int workers) const;
  /// All others': waits for it.
  int hear_workers(Comm& comm) const;

 private:
  Comm everyone(const Comm& comm) const;
  /// Calls `work` for each other holder that lives.
  void with_each(const std::function<void(const Holder&)>& work) const;

  const std::vector<Holder>& holders_;
  Holder self_;
  bool outlives_deaths_;
};

}  // namespace tandem
