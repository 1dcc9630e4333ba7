#include "app/run/run_in_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "app/run/execute.h"
#include "app/store/run_folder.h"
#include "core/errors.h"
#include "core/waited_in_vain.h"

namespace tandem {
namespace {

std::optional<std::string> obstacle(const Run& run, const World& world, int processes) {
  if (run.scenario.world != world.name) {
    return fmt::format("among processes started together for the {} world only that runs, not {}", world.name,
                       run.scenario.world);
  }
  if (run.scenario.checkpoint || !run.scenario.faults.empty() || !run.scenario.elastic.empty() || run.resume)
    return "checkpoints and faults are for runs that one command starts: here it does not start the ranks";
  const int ranks = ranks_of(run);
  if (ranks <= processes) return std::nullopt;
  return fmt::format("needs {} ranks, and {} process{} started together", ranks, processes,
                     processes == 1 ? " was" : "es were");
}

/// What the first process says; the others' word does not count.
bool first_says(const LaunchGroup& group, bool yes) {
  constexpr const char* kYes = "yes";
  const std::string said = group.first_error(group.is_first() && yes ? kYes : "");
  if (!said.empty() && said != kYes) throw RunFailed(said);
  return said == kYes;
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
  Run placed = run;
  const int ranks = ranks_of(run);
  if (group.place) {
    const GroupPlace place = group.place(ranks);
    placed.placement = place.placement;
    placed.listen = place.listen;
  }
  // Where a launcher has started them, every process takes part in every run; elsewhere only those with a rank do.
  const bool is_by_launcher = group.world->started_by == StartedBy::launcher;
  std::string failure, consequence;
  try {
    if (is_by_launcher || group.process < ranks) bring_up(placed);
  } catch (const WaitedInVain& error) {
    consequence = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  // All processes of an MPI job get the same failure; here each may have seen another.
  const std::string own = failure + consequence;
  if (!group.is_first() && !is_by_launcher && !own.empty()) fmt::print(stderr, "tandem: {}\n", own);
  // A cause comes before what followed from it, wherever either was seen.
  failure = group.first_error(failure);
  consequence = group.first_error(failure.empty() ? consequence : "");
  if (failure.empty()) failure = consequence;
  in_agreement(group, [&] {
    if (group.is_first() && !failure.empty()) hand_over(run.directory, failed_result(run, failure));
  });
}

Ran run_in_group(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events) {
  Ran ran;
  std::map<std::size_t, RunResult> results;
  for (std::size_t i = 0; group.is_first() && i < runs.size(); ++i) {
    if (auto result = read_finished_run(runs[i].directory)) results[i] = std::move(*result);
  }
  if (group.is_first() && events.kept) events.kept(results.size());
  const auto add = [&](std::size_t index, RunResult result, double wall_s) {
    const Run& run = runs[index];
    result.wall_s = wall_s;
    write_run(run.directory, result, to_json(run.scenario));
    results[index] = std::move(result);
    if (events.finished) events.finished(run, results[index]);
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const bool was_finished = results.contains(i);
    if (!was_finished && group.is_first() && events.started) events.started(run);
    const auto started = std::chrono::steady_clock::now();
    const auto wall_s = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    try {
      if (first_says(group, was_finished)) continue;
      in_agreement(group, [&] {
        if (group.is_first()) clear_run_folder(run.directory);
      });
      execute_in_group(group, run);
      in_agreement(group, [&] {
        if (!group.is_first()) return;
        std::optional<RunResult> result = take_over(run.directory);
        add(i, result ? std::move(*result) : failed_result(run, "the run left no result"), wall_s());
      });
    } catch (const RunFailed& error) {
      // A process has ended; finished runs are kept.
      if (!group.is_first()) throw;
      ran.interrupted_by = group.interrupted_by();
      if (ran.interrupted_by != 0) break;
      add(i, failed_result(run, error.what()), 0);
      break;
    }
  }
  for (auto& [index, result] : results) ran.results.push_back(std::move(result));
  return ran;
}

}  // namespace tandem
