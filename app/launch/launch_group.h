// The processes that a launcher has started together. All do the same, and none begins a run before all have agreed to
// it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/launch/group_change.h"
#include "app/launch/started.h"
#include "core/world.h"
#include "real/tcp/process_group.h"

namespace tandem {

/// Where a process stands in a run, and where process 0 listens.
struct GroupPlace {
  ProcessPlacement placement;
  std::string listen;
};

struct LaunchGroup {
  const World* world = nullptr;  ///< the only world whose runs the group can carry out
  int process = 0;
  int processes = 1;
  /// Every process calls it with its own error, or with an empty text, and gets the error of the first process that has
  /// one.
  std::function<std::string(const std::string& mine)> first_error;
  /// The place of this process in a run of so many ranks; null where the world finds the processes itself.
  std::function<GroupPlace(int ranks)> place;

  /// The signal that asks this process to end, once one has come; else 0.
  std::function<int()> interrupted_by = [] { return 0; };

  /// One command has started all processes, and all see its folders or say that they do not: the group may be formed
  /// anew, by `renew` in the first process.
  bool can_start_again = false;
  int missing = 0;  ///< how many processes the group had before, and has no more
  /// Ends all other processes and starts them again, after these changes since the command began. Null where that is
  /// not possible. Throws as joining.
  std::function<LaunchGroup(const std::vector<GroupChange>& changes)> renew;
  /// Lets time pass; returns early when a signal has come.
  std::function<void(double pause_s)> pause;

  /// The one that writes, prints and reports.
  bool is_first() const { return process == 0; }
};

/// Joins the MPI job that this process is part of. Processes that do not come to the job, or later to an agreement,
/// within `timeout_s` end it.
LaunchGroup join_mpi_job(double timeout_s);
/// Joins the others at the rendezvous of `placement`; blocks until all have joined. `listen` is the address on which
/// process 0 listens; an empty one means every address, or loopback alone where the rendezvous is on loopback. While
/// process 0 waits, it polls `watch`.
LaunchGroup join_tcp_group(const StartedAs& started, const ProcessPlacement& placement, const std::string& listen,
                           double timeout_s, const tcp::Watch& watch = {});

/// All processes call it and do `work`. If it throws in any of them, all throw UsageError with the text of the first in
/// which it did.
void in_agreement(const LaunchGroup& group, const std::function<void()>& work);

}  // namespace tandem
