#include "app/run/run_in_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <system_error>

#include "app/run/attempt_text.h"
#include "app/run/departed.h"
#include "app/run/recovery.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/scenario/elastic_fields.h"
#include "app/store/journal.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"
#include "core/rank_lost.h"
#include "core/waited_in_vain.h"

namespace tandem {
namespace {

/// All processes then need the run's folder.
bool writes_while_it_trains(const Run& run) {
  return run.scenario.checkpoint || !run.scenario.faults.empty() || has_several_attempts(run.scenario);
}

std::optional<std::string> obstacle(const Run& run, const LaunchGroup& group) {
  const Scenario& scenario = run.scenario;
  if (scenario.world != group.world->name) {
    return fmt::format("among processes started together for the {} world only that runs, not {}", group.world->name,
                       scenario.world);
  }
  if (survives_failures(scenario))
    return "deaths that the others survive are for runs whose ranks one command starts on its own host";
  if (writes_while_it_trains(run) && !group.can_start_again) {
    return "checkpoints, faults and changes are for runs that one command starts: here it does not start the ranks";
  }
  Run largest = run;
  if (!scenario.elastic.empty()) largest.scenario.cluster.workers = most_workers(scenario);
  const int ranks = ranks_of(largest), processes = group.processes + group.missing;
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

/// How all processes found an attempt to have ended.
struct GroupEnd {
  std::string failure;  ///< empty: it has not failed
  std::optional<LostRank> lost;
};

// The number of the rank goes with the text, and a text that was made on the way has none.
std::string text_of(const RankLost& error) { return fmt::format("{}:{}", error.rank(), error.what()); }
LostRank loss_of(const std::string& text) {
  int rank = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rank);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return {.cause = text};
  return {.cause = end + 1, .rank = rank};
}

GroupEnd bring_up_together(const LaunchGroup& group, const Run& run) {
  Run placed = run;
  const int ranks = ranks_of(run);
  if (group.place) {
    const GroupPlace place = group.place(ranks);
    placed.placement = place.placement;
    placed.listen = place.listen;
  }
  // Where a launcher has started them, every process takes part in every run; elsewhere only those with a rank do.
  const bool is_by_launcher = group.world->started_by == StartedBy::launcher;
  std::string failure, loss, consequence;
  try {
    if (is_by_launcher || group.process < ranks) bring_up(placed);
  } catch (const RankLost& error) {
    loss = text_of(error);
  } catch (const WaitedInVain& error) {
    consequence = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  // All processes of an MPI job get the same failure; here each may have seen another.
  const std::string own = failure + loss_of(loss).cause + consequence;
  if (!group.is_first() && !is_by_launcher && !own.empty()) fmt::print(stderr, "tandem: {}\n", own);
  // A cause comes before what followed from it, wherever either was seen.
  failure = group.first_error(failure);
  loss = group.first_error(loss);
  consequence = group.first_error(failure.empty() && loss.empty() ? consequence : "");
  GroupEnd end{.failure = failure};
  if (!loss.empty()) end.lost = loss_of(loss);
  if (failure.empty() && !consequence.empty()) end.lost = LostRank{.cause = consequence};
  if (failure.empty() && end.lost) end.failure = end.lost->cause;
  return end;
}

constexpr const char* kToldFile = "order.json";  // by which the others see that the folder is the same

void tell_attempt(const LaunchGroup& group, const Run& attempt) {
  const std::string text = text_of_attempt(attempt);
  if (writes_while_it_trains(attempt)) write_whole_file(attempt.directory / kToldFile, text);
  group.first_error(text);
  in_agreement(group, [] {});
}

void hear_attempt(const LaunchGroup& group, Run& run) {
  const std::string text = group.first_error("");
  in_agreement(group, [&] {
    const std::filesystem::path folder = folder_in(text);
    if (writes_while_it_trains(run) && read_whole_file(folder / kToldFile) != text) {
      throw UsageError(
          fmt::format("process {} does not find the run's folder, {}: checkpoints, faults and changes need one "
                      "that all hosts share",
                      group.process, folder.string()));
    }
    try {
      take_up_attempt(run, text, TextClock::senders);
    } catch (const UsageError& error) {
      throw UsageError(
          fmt::format("process {}: {} (checkpoints need a folder that all hosts share)", group.process, error.what()));
    }
  });
}

/// What every process but the first does for a run.
void take_part(const LaunchGroup& group, Run run) {
  if (first_says(group, false)) return;
  in_agreement(group, [] {});  // the folder has been cleared
  if (group.can_start_again) hear_attempt(group, run);
  bring_up_together(group, run);
  in_agreement(group, [] {});  // its failure has been handed over
  in_agreement(group, [] {});  // its result has been taken over
}

/// The first process: it says what is run, keeps the folders, and starts the others again where runs recover.
class FirstProcess {
 public:
  FirstProcess(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events)
      : group_(group), runs_(runs), events_(events) {}

  Ran run() {
    Ran ran;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (auto result = read_finished_run(runs_[i].directory)) results_[i] = std::move(*result);
    }
    if (events_.kept) events_.kept(results_.size());
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const bool was_finished = results_.contains(i);
      if (!was_finished && events_.started) events_.started(runs_[i]);
      began_ = std::chrono::steady_clock::now();
      try {
        was_finished ? pass_over() : carry_out(i);
      } catch (const RunFailed& error) {
        // A process has ended; finished runs are kept.
        ran.interrupted_by = group_.interrupted_by();
        if (ran.interrupted_by == 0) add(i, failed_result(runs_[i], error.what()), 0);
        break;
      }
    }
    for (auto& [index, result] : results_) ran.results.push_back(std::move(result));
    return ran;
  }

 private:
  void pass_over() {
    if (is_whole_) first_says(group_, true);
  }

  void carry_out(std::size_t index) {
    const Run& run = runs_[index];
    changes_.clear();
    formed_ = 0;
    begin(index);
    const Lives lives{.live = [&](const Run& attempt) { return live(index, attempt); },
                      .pause = [&](double pause_s) { group_.pause(pause_s); }};
    if (has_several_attempts(run.scenario)) {
      bring_up_through_failures(run, lives);
    } else {
      Run only = run;
      only.attempt = first_attempt(run);
      live(index, only);
    }
    try {
      in_agreement(group_, [&] {
        std::optional<RunResult> result = take_over(run.directory);
        add(index, result ? std::move(*result) : failed_result(run, "the run left no result"), wall_s());
      });
    } catch (const RunFailed&) {
      // Who goes after all was done takes nothing along.
      is_whole_ = false;
      if (!starts_again(run) || !results_.contains(index)) throw;
    }
    if (!changes_.empty()) is_whole_ = false;
  }

  // Where the group must be formed anew, the first attempt does that.
  void begin(std::size_t index) {
    const Run& run = runs_[index];
    const auto clear = [&] { clear_run_folder(run.directory); };
    is_in_step_ = false;
    if (!is_whole_ && !group_.renew) throw RunFailed("processes of the group have gone");
    try {
      if (is_whole_) {
        say_that_it_runs(clear);
        return;
      }
    } catch (const RunFailed&) {
      if (!starts_again(run)) throw;
    }
    clear();
  }

  /// Whether the group is formed anew when it has lost a rank, by plan or not.
  bool starts_again(const Run& run) const { return has_several_attempts(run.scenario) && group_.interrupted_by() == 0; }

  void say_that_it_runs(const std::function<void()>& work) {
    first_says(group_, false);
    in_agreement(group_, work);
    is_in_step_ = is_whole_ = true;
  }

  void form_anew(std::size_t index) {
    group_ = group_.renew(changes_);
    in_agreement(group_, [] {});  // they have read the scenario
    for (std::size_t i = 0; i < index; ++i) first_says(group_, true);
    say_that_it_runs([] {});
  }

  AttemptEnd live(std::size_t index, Run attempt) {
    try {
      entries_before_ = Journal(attempt.directory).read().size();
      if (!is_in_step_ && !can_form_anew(index, attempt)) return {};
      is_in_step_ = false;
      if (attempt.scenario.membership) attempt.scenario.membership->room = group_.processes;
      if (group_.can_start_again) tell_attempt(group_, attempt);
      const GroupEnd end = bring_up_together(group_, attempt);
      if (end.lost && starts_again(attempt)) return lost(attempt, *end.lost);
      in_agreement(group_, [&] {
        if (!end.failure.empty()) hand_over(attempt.directory, failed_result(attempt, end.failure));
      });
      is_in_step_ = true;
      return {};
    } catch (const RankLost& error) {
      if (!starts_again(attempt)) throw;
      return lost(attempt, {error.what(), error.rank(), error.time_s()});
    } catch (const RunFailed& error) {
      if (!starts_again(attempt)) throw;
      return lost(attempt, {error.what()});
    }
  }

  // Hosts that were asked in and do not come are left out: the run goes on as before, from where it changed.
  bool can_form_anew(std::size_t index, const Run& attempt) {
    try {
      form_anew(index);
      formed_ = changes_.size();
      return true;
    } catch (const RunFailed& error) {
      const bool has_new_hosts = changes_.size() > formed_ && !changes_.back().hosts.empty();
      if (!has_new_hosts || !attempt.attempt->from || group_.interrupted_by() != 0) throw;
      changes_.pop_back();
      std::vector<JournalEntry> entries = Journal(attempt.directory).read();
      std::erase_if(entries, [](const JournalEntry& entry) { return entry.kind != JournalEntry::Kind::changed; });
      JournalEntry back = entries.back();
      back.workers = workers_of(attempt.attempt->from->manifest);
      back.hosts.clear();
      back.cause = error.what();
      Journal(attempt.directory).append(back);
      return false;
    }
  }

  AttemptEnd lost(const Run& attempt, const LostRank& loss) {
    is_whole_ = false;
    // Where a plan has ended it, its host has room for another.
    const std::optional<JournalEntry> planned = ending_in_journal(attempt.directory, entries_before_);
    if (planned && !planned->hosts.empty()) changes_.push_back({.hosts = planned->hosts});
    const std::optional<RecoverySpec>& recovery = attempt.scenario.recovery;
    if (!planned && recovery && recovery->shrinks) changes_.push_back({.gone = loss.rank});
    return {.lost = loss};
  }

  double wall_s() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

  void add(std::size_t index, RunResult result, double wall_s) {
    const Run& run = runs_[index];
    result.wall_s = wall_s;
    write_run(run.directory, result, to_json(run.scenario));
    results_[index] = std::move(result);
    if (events_.finished) events_.finished(run, results_[index]);
  }

  LaunchGroup group_;
  const std::vector<Run>& runs_;
  const RunEvents& events_;
  std::map<std::size_t, RunResult> results_;
  std::chrono::steady_clock::time_point began_;
  bool is_whole_ = true;              ///< all processes are there that the command began with
  bool is_in_step_ = false;           ///< they wait for an attempt at the run
  std::vector<GroupChange> changes_;  ///< while this run lasts
  std::size_t formed_ = 0;            ///< so many of them were there when the group was formed last
  std::size_t entries_before_ = 0;    ///< the journal had so many before this attempt
};

}  // namespace

void skip_what_a_group_cannot_run(Prepared& prepared, const LaunchGroup& group) {
  std::erase_if(prepared.runs, [&](const Run& run) {
    const std::optional<std::string> reason = obstacle(run, group);
    if (!reason) return false;
    for (Point& point : prepared.points) {
      if (point.factors == run.factors) point.skipped = reason;
    }
    return true;
  });
}

bool agree_on_attempt(const LaunchGroup& group, Run& run, const std::string& told) {
  if (told.empty()) return true;
  const std::string first_was_told = group.first_error(group.is_first() ? told : "");
  std::string why;
  if (told != first_was_told) {
    why = fmt::format("process {} does not find the run's folder, {}: all hosts must share it", group.process,
                      run.directory.string());
  }
  if (group.is_first() && clock_in(told) != clock_here()) {
    why =
        "a run that starts again counts on the clock of the host where the command is typed, so rank 0 must be there: "
        "name that host first in --hostfile";
  }
  why = group.first_error(why);
  if (!why.empty()) {
    if (group.is_first()) hand_over(run.directory, failed_result(run, why));
    return false;
  }
  const std::string text = group.first_error(group.is_first() ? text_of_attempt(run) : "");
  if (!group.is_first()) take_up_attempt(run, text, TextClock::senders);
  return true;
}

void execute_in_group(const LaunchGroup& group, const Run& run) {
  const GroupEnd end = bring_up_together(group, run);
  in_agreement(group, [&] {
    if (!group.is_first() || end.failure.empty()) return;
    // Who has started the group finds it in the journal, and starts it again.
    if (run.scenario.recovery && end.lost) return note_loss(run.directory, run.attempt.value_or(Attempt{}), *end.lost);
    hand_over(run.directory, failed_result(run, end.failure));
  });
}

Ran run_in_group(const LaunchGroup& group, const std::vector<Run>& runs, const RunEvents& events) {
  if (group.is_first()) return FirstProcess(group, runs, events).run();
  for (const Run& run : runs) take_part(group, run);
  return {};
}

}  // namespace tandem
