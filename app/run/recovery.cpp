#include "app/run/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/exchanges/backup_option.h"
#include "app/run/checkpoint_identity.h"
#include "app/run/departed.h"
#include "app/run/fault_schedule.h"
#include "app/run/progress.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/scenario/elastic_fields.h"
#include "app/store/join_request.h"
#include "app/store/journal.h"
#include "app/store/run_folder.h"
#include "app/store/sha256.h"
#include "core/config/limits.h"
#include "core/counted.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Kind = JournalEntry::Kind;

// A cluster that fails before it gets to the next checkpoint never ends.
constexpr std::size_t kMostFailures = 20000;

std::optional<Resumption> resumption_from(const std::filesystem::path& folder) {
  const auto checkpoint = latest_checkpoint(folder);
  if (!checkpoint) return std::nullopt;
  return Resumption{*checkpoint, read_manifest(*checkpoint)};
}

/// When training began, on the machine's clock, as who began an attempt last has it: the first rank, which is on this
/// machine.
std::optional<double> noted_beginning(const std::vector<JournalEntry>& entries) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->kind == Kind::began) return entry->written_s - entry->time_s;
  }
  return std::nullopt;
}

double beginning_on_clock(const std::vector<JournalEntry>& entries, const Attempt& attempt) {
  if (const std::optional<double> noted = noted_beginning(entries)) return *noted;
  return attempt.is_restart ? attempt.start_s : steady_now_s() - attempt.begins_at_s;
}

/// Deaths that the others survive are no failures of the attempt.
Scenario with_failures_to_recover_from(Scenario scenario) {
  if (survives_failures(scenario)) scenario.faults.clear();
  return scenario;
}

/// Simulated time between a failure and the next attempt passes in no process: it is reckoned.
class Recovery {
 public:
  Recovery(const Run& run, const Lives& lives)
      : run_(run),
        lives_(lives),
        schedule_(with_failures_to_recover_from(run.scenario), ranks_of(with_most_workers(run))),
        journal_(run.directory),
        has_one_clock_(run.scenario.traits().has_one_clock),
        attempt_(first_attempt(run)),
        workers_(workers_after(run.scenario, attempt_.steps_done())) {}

  int run() {
    std::optional<OpenRun> open;
    if (run_.scenario.membership) open.emplace(run_.directory);
    for (;;) {
      attempt_.failures = schedule_.at_steps();
      if (const auto next = next_failure(attempt_.begins_at_s)) attempt_.failures.push_back(*next);
      attempt_.change = next_change();
      const std::size_t entries_before = journal_.read().size();
      const AttemptEnd end = live();
      const auto ending = ending_after(entries_before, end);
      if (!ending) return conclude(end, journal_.read());
      ++attempts_;
      take_over(run_.directory);  // what those who were left have to say of it
      go_on_after(*ending);
    }
  }

 private:
  AttemptEnd live() {
    Run one = run_;
    one.scenario.cluster.workers = workers_;
    one.attempt = attempt_;
    remove_progress(run_.directory);
    called_s_ = steady_now_s();
    return lives_.live(one);
  }

  /// The failure or the change with which the attempt has ended; nothing where the run has.
  std::optional<JournalEntry> ending_after(std::size_t entries_before, const AttemptEnd& end) {
    if (end.was_interrupted) return std::nullopt;
    // A checkpoint may be complete only after a rank has failed that had written its part.
    const auto last = [&] { return ending_in_journal(run_.directory, entries_before); };
    std::optional<JournalEntry> found = last();
    if (found || !run_.scenario.recovery) return found;
    if (end.lost) note_loss(run_.directory, attempt_, *end.lost);
    if (!end.lost && end.process.signal != 0)
      note_loss(run_.directory, attempt_,
                {.cause = fmt::format("the run's process {}", end.process.text()), .time_s = steady_now_s()});
    return last();
  }

  void go_on_after(const JournalEntry& ending) {
    const std::vector<JournalEntry> entries = journal_.read();
    if (ending.kind == Kind::changed) return change_workers(ending, beginning_of(entries));
    if (++failures_ > kMostFailures) {
      throw RunFailed(
          fmt::format("after {} failures training has got to step {}: the failures come too fast for "
                      "these checkpoints",
                      kMostFailures, ending.step));
    }
    attempt_.hung.clear();
    for (const JournalEntry& entry : entries) {
      if (entry.kind == Kind::hung) attempt_.hung.push_back(entry.fault);
    }
    if (ending.cause.empty()) return recover_from(ending, beginning_of(entries));
    recover_from_loss(ending);
  }

  // On the world's clock; 0 where a rank failed before any other had begun.
  static double beginning_of(const std::vector<JournalEntry>& entries) {
    for (const JournalEntry& entry : entries) {
      if (entry.kind == Kind::began) return entry.start_s;
    }
    return 0;
  }

  // The digest of simulated events is that of the last attempt: what came before it is in the journal.
  int conclude(const AttemptEnd& end, const std::vector<JournalEntry>& entries) {
    remove_progress(run_.directory);
    if (end.lost) throw RunFailed(end.lost->cause);
    if (end.was_interrupted || end.is_launchers) return end.process.code;
    if (!end.process.is_success()) throw RunFailed(fmt::format("the run's process {}", end.process.text()));
    if (!has_one_clock_ || attempts_ == 1) return 0;
    std::optional<RunResult> result = take_over(run_.directory);
    if (!result) return 0;
    std::string story = result->event_digest;
    for (const JournalEntry& entry : entries) {
      story += fmt::format(" {} {} {} {}", static_cast<int>(entry.kind), entry.time_s, entry.step, entry.rank);
    }
    result->event_digest = sha256_of(story);
    hand_over(run_.directory, *result);
    return 0;
  }

  void recover_from(const JournalEntry& failure, double start_s) {
    const FaultSpec& fault = run_.scenario.faults[failure.fault];
    schedule_.happened(failure.fault);
    lose_worker(fault.shrinks);
    attempt_.is_restart = true;
    if (has_one_clock_) {
      attempt_.start_s = start_s;
      wait_in_simulated_time(failure.time_s, fault);
      return regroup();
    }
    attempt_.start_s = beginning_before(failure);
    start_again_after(fault.restart_after_s);
  }

  // A rank that fails as it begins may be the first to note anything. If its host is another, so is its clock.
  double beginning_before(const JournalEntry& failure) const {
    if (const std::optional<double> noted = noted_beginning(journal_.read())) return *noted;
    const double latest_s = steady_now_s() - failure.time_s;
    return std::min(std::max(failure.written_s - failure.time_s, called_s_), latest_s);
  }

  // Nobody knows more of it than who found it: the entry was written then.
  void recover_from_loss(const JournalEntry& failure) {
    const RecoverySpec& recovery = *run_.scenario.recovery;
    if (losses_++ == recovery.restarts) {
      throw RunFailed(fmt::format("{}; the ranks had started again {} before, and recovery.restarts is {}",
                                  failure.cause, counted(recovery.restarts, "time"), recovery.restarts));
    }
    fmt::print(stderr, "tandem: {}; all start again\n", failure.cause);
    lose_worker(recovery.shrinks);
    attempt_.is_restart = true;
    attempt_.start_s = beginning_on_clock(journal_.read(), attempt_);
    start_again_after(recovery.restart_after_s);
  }

  void start_again_after(double pause_s) {
    note(Kind::noticed, steady_now_s() - attempt_.start_s);
    lives_.pause(pause_s);
    attempt_.begins_at_s = steady_now_s() - attempt_.start_s;
    regroup();
  }

  void change_workers(const JournalEntry& change, double start_s) {
    const double takes_s = attempt_.change ? attempt_.change->takes_s : 0;  // nothing where somebody asked for it
    workers_ = change.workers;
    attempt_.is_restart = true;
    if (has_one_clock_) {
      attempt_.start_s = start_s;
      attempt_.begins_at_s = change.time_s + takes_s;
    } else {
      attempt_.start_s = change.written_s - change.time_s;
      lives_.pause(takes_s);
      attempt_.begins_at_s = steady_now_s() - attempt_.start_s;
    }
    regroup();
  }

  // All who start again are told the same: the last checkpoint, and how many they are.
  void regroup() {
    if (auto own = resumption_from(run_.directory / kCheckpoints)) attempt_.from = std::move(own);
    if (attempt_.from) attempt_.membership = membership_of(*attempt_.from, workers_);
  }

  void lose_worker(bool shrinks) {
    if (!shrinks) return;
    if (--workers_ == 0) throw RunFailed("the last worker has failed");
    const std::optional<WorkerRange>& range = run_.scenario.membership;
    if (range && workers_ < range->least) {
      throw RunFailed(fmt::format("{} worker{} left, and membership.least is {}", workers_,
                                  workers_ == 1 ? " is" : "s are", range->least));
    }
  }

  /// Those of ranks that are not there do not count.
  std::optional<PlannedFailure> next_failure(double time_s) {
    const int ranks = ranks_of(with(run_, workers_));
    std::optional<PlannedFailure> next = schedule_.next_after(time_s);
    while (next && next->rank >= ranks) next = schedule_.next_after(next->time_s);
    return next;
  }

  std::optional<WorkerChange> next_change() const {
    for (const WorkerChange& change : run_.scenario.elastic) {
      if (*change.at->step > attempt_.steps_done()) return change;
    }
    return std::nullopt;
  }

  static Run with(const Run& run, int workers) {
    Run changed = run;
    changed.scenario.cluster.workers = workers;
    return changed;
  }
  static Run with_most_workers(const Run& run) { return with(run, most_workers(run.scenario)); }

  // Another failure may come before all have started again.
  void wait_in_simulated_time(double failed_s, const FaultSpec& fault) {
    const FaultSpec* latest = &fault;
    for (;;) {
      const double noticed_s = failed_s + latest->detect_after_s;
      attempt_.begins_at_s = noticed_s + latest->restart_after_s;
      const std::optional<PlannedFailure> next = next_failure(failed_s);
      const bool comes_before = next && next->time_s <= attempt_.begins_at_s;
      note(Kind::noticed, comes_before ? std::min(noticed_s, next->time_s) : noticed_s);
      if (!comes_before || ++failures_ > kMostFailures) return;
      failed_s = next->time_s;
      latest = &run_.scenario.faults[next->fault];
      lose_worker(latest->shrinks);
      journal_.append({.kind = Kind::failure, .time_s = failed_s, .rank = next->rank, .fault = next->fault});
    }
  }

  void note(Kind kind, double time_s) const { journal_.append({.kind = kind, .time_s = time_s}); }

  const Run& run_;
  const Lives& lives_;
  FaultSchedule schedule_;
  Journal journal_;
  bool has_one_clock_;
  Attempt attempt_;
  int workers_;
  std::size_t failures_ = 0, attempts_ = 1;
  int losses_ = 0;       ///< that no fault foresaw
  double called_s_ = 0;  ///< when the last attempt was called, on this machine's clock
};

// A manifest is believed as far as the run bears it out. Ranks that have died for good have no part.
void require_steps_and_parts(const Run& run, const Resumption& from) {
  const std::string path = (from.checkpoint / "manifest.json").string();
  const Job job = job_of(with_workers(run.scenario, workers_of(from.manifest)), run.data);
  if (from.manifest.step > job.steps)
    throw UsageError(
        fmt::format("{}: step: the run has {}, found {}", path, counted(job.steps, "step"), from.manifest.step));
  if (outlives_deaths(job.strategy)) return;
  for (const Holder& holder : holders_of(strategy_of(job.strategy).layout(job.strategy, job.workers))) {
    const std::string name = part_name(holder.rank, holder.stack);
    const auto& parts = from.manifest.parts;
    if (std::any_of(parts.begin(), parts.end(), [&](const CheckpointPart& part) { return part.file == name; }))
      continue;
    throw UsageError(fmt::format("{}: parts: {} is missing", path, name));
  }
}

}  // namespace

Attempt first_attempt(const Run& run) {
  if (!run.resume) return {};
  const std::optional<Resumption> from = resumption_from(*run.resume);
  if (!from) {
    throw UsageError(
        fmt::format("{}: holds no complete checkpoint; a run keeps them where its scenario says "
                    "checkpoint: {{every: ...}}",
                    run.resume->string()));
  }
  const int workers = workers_after(run.scenario, from->manifest.step);
  nlohmann::ordered_json expected = checkpoint_identity(with_workers(run.scenario, workers), job_of(run));
  const auto found = from->manifest.identity.find("workers");
  const bool is_number =
      found != from->manifest.identity.end() && found->is_number_integer() && *found > 0 && *found <= kMostRanks;
  if (is_number && !resharding_refusal(run.scenario)) expected["workers"] = *found;
  require_identity(from->checkpoint, from->manifest, expected);
  require_steps_and_parts(run, *from);
  verify_parts(from->checkpoint, from->manifest);
  return {.from = from,
          .begins_at_s = from->manifest.time_s,
          .start_s = from->manifest.start_s,
          .membership = membership_of(*from, workers)};
}

std::optional<JournalEntry> ending_in_journal(const std::filesystem::path& folder, std::size_t entries_before) {
  const std::vector<JournalEntry> entries = Journal(folder).read();
  for (std::size_t i = entries.size(); i-- > entries_before;) {
    if (entries[i].kind == Kind::failure || entries[i].kind == Kind::changed) return entries[i];
  }
  return std::nullopt;
}

bool has_several_attempts(const Scenario& scenario) {
  const bool starts_again = has_failures(scenario) && !survives_failures(scenario);
  return starts_again || !scenario.elastic.empty() || scenario.membership || scenario.recovery;
}

// Where nobody saw when it was, it counts from the last that the first rank noted, whose clock is this one's: soon
// after, it waited for the one that was lost. What was kept until then, and that training had begun, is known to be
// before.
void note_loss(const std::filesystem::path& folder, const Attempt& attempt, const LostRank& lost) {
  const Journal journal(folder);
  const std::vector<JournalEntry> entries = journal.read();
  const std::vector<RankProgress> ranks = progress_in(folder);
  const double now_s = steady_now_s();
  const double noted_s = ranks.empty() || ranks[0].process == 0 ? now_s : ranks[0].noted_s;
  const double seen_s = std::min(lost.time_s > 0 ? lost.time_s : noted_s, now_s);
  JournalEntry failure{.kind = Kind::failure,
                       .time_s = seen_s - beginning_on_clock(entries, attempt),
                       .step = attempt.steps_done(),
                       .rank = lost.rank,
                       .cause = lost.cause};
  for (const JournalEntry& entry : entries) failure.time_s = std::max(failure.time_s, entry.time_s);
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const bool counts = lost.rank < 0 || rank == static_cast<std::size_t>(lost.rank);
    if (counts && ranks[rank].process != 0) failure.step = std::max<std::size_t>(failure.step, ranks[rank].steps_done);
  }
  journal.append(failure);
}

int bring_up_through_failures(const Run& run, const Lives& lives) { return Recovery(run, lives).run(); }

}  // namespace tandem
