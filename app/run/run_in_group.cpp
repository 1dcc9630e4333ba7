#include "app/run/run_in_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/run/execute.h"
#include "app/store/run_folder.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::optional<std::string> obstacle(const Run& run, const World& world, int processes) {
  if (run.scenario.world != world.name) {
    return fmt::format("among processes started together for the {} world only that runs, not {}", world.name,
                       run.scenario.world);
  }
  if (run.scenario.checkpoint || !run.scenario.faults.empty() || run.resume)
    return "checkpoints and faults are for runs that one command starts: here it does not start the ranks";
  const int ranks = ranks_of(run);
  if (ranks <= processes) return std::nullopt;
  return fmt::format("needs {} ranks, and {} process{} started together", ranks, processes,
                     processes == 1 ? " was" : "es were");
}

}  // namespace

void skip_what_a_group_cannot_run(Prepared& prepared, const World& world, int processes) {
  std::erase_if(prepared.runs, [&](const Run& run) {
    const std::optional<std::string> reason = obstacle(run, world, processes);
    if (!reason) return false;
    for (Point& point : prepared.points) {
      if (point.factors == run.factors) point.skipped = reason;
    }
    return true;
  });
}

void execute_in_group(const LaunchGroup& group, const Run& run) {
  in_agreement(group, [&] {
    if (group.is_first()) std::filesystem::create_directories(run.directory);
  });
  Run placed = run;
  const int ranks = ranks_of(run);
  if (group.place) {
    const GroupPlace place = group.place(ranks);
    placed.placement = place.placement;
    placed.listen = place.listen;
  }
  // Where a launcher has started them, every process takes part in every run; elsewhere only those with a rank do.
  const bool is_by_launcher = group.world->started_by == StartedBy::launcher;
  std::string failure;
  try {
    if (is_by_launcher || group.process < ranks) bring_up(placed);
  } catch (const std::exception& error) {
    failure = error.what();
    // All processes of an MPI job get the same failure; here each may have seen another.
    if (!group.is_first() && !is_by_launcher) fmt::print(stderr, "tandem: {}\n", failure);
  }
  in_agreement(group, [&] {
    if (group.is_first() && !failure.empty()) hand_over(run.directory, failed_result(run, failure));
  });
}

Ran run_in_group(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events) {
  Ran ran;
  const auto add = [&](const Run& run, RunResult result, double wall_s) {
    result.wall_s = wall_s;
    write_run(run.directory, result, to_json(run.scenario));
    ran.results.push_back(std::move(result));
    if (events.finished) events.finished(run, ran.results.back());
  };
  if (group.is_first() && events.kept) events.kept(0);
  for (const Run& run : runs) {
    if (group.is_first() && events.started) events.started(run);
    const auto started = std::chrono::steady_clock::now();
    const auto wall_s = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    try {
      execute_in_group(group, run);
      in_agreement(group, [&] {
        if (!group.is_first()) return;
        std::optional<RunResult> result = take_over(run.directory);
        add(run, result ? std::move(*result) : failed_result(run, "the run left no result"), wall_s());
      });
    } catch (const RunFailed& error) {
      // A process has ended; finished runs are kept.
      if (!group.is_first()) throw;
      add(run, failed_result(run, error.what()), 0);
      break;
    }
  }
  return ran;
}

}  // namespace tandem
