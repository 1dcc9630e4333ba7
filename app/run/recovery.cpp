#include "app/run/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "app/run/checkpoint_identity.h"
#include "app/run/departed.h"
#include "app/run/fault_schedule.h"
#include "app/scenario/elastic_fields.h"
#include "app/store/journal.h"
#include "app/store/run_folder.h"
#include "app/store/sha256.h"
#include "core/errors.h"
#include "core/process/child.h"

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

/// Simulated time between a failure and the next attempt passes in no process: it is reckoned.
class Recovery {
 public:
  explicit Recovery(const Run& run)
      : run_(run),
        schedule_(run.scenario, ranks_of(with_most_workers(run))),
        journal_(run.directory),
        has_one_clock_(run.scenario.traits().has_one_clock),
        attempt_(first_attempt(run)),
        workers_(workers_after(run.scenario, attempt_.steps_done())) {}

  void run() {
    for (;;) {
      attempt_.failures = schedule_.at_steps();
      if (const auto next = next_failure(attempt_.begins_at_s)) attempt_.failures.push_back(*next);
      attempt_.change = next_change();
      const std::size_t entries_before = journal_.read().size();
      const ProcessEnd end = live();
      const std::vector<JournalEntry> entries = journal_.read();
      // A checkpoint may be complete only after a rank has failed that had written its part.
      const auto failure = std::find_if(
          entries.rbegin(), entries.rend() - static_cast<std::ptrdiff_t>(entries_before),
          [](const JournalEntry& entry) { return entry.kind == Kind::failure || entry.kind == Kind::changed; });
      if (failure == entries.rend() - static_cast<std::ptrdiff_t>(entries_before)) return conclude(end, entries);
      ++attempts_;
      take_over(run_.directory);  // what those who were left have to say of it
      if (failure->kind == Kind::changed) {
        change_workers(*failure, beginning_of(entries));
        continue;
      }
      if (++failures_ > kMostFailures) {
        throw RunFailed(
            fmt::format("after {} failures training has got to step {}: the failures come too fast for "
                        "these checkpoints",
                        kMostFailures, failure->step));
      }
      for (const JournalEntry& entry : entries) {
        if (entry.kind == Kind::hung) attempt_.hung.push_back(entry.fault);
      }
      recover_from(*failure, beginning_of(entries));
    }
  }

 private:
  ProcessEnd live() {
    return fork_child({},
                      [&] {
                        Run one = run_;
                        one.scenario.cluster.workers = workers_;
                        one.attempt = attempt_;
                        try {
                          bring_up(one);
                        } catch (const CheckFailed& error) {
                          RunResult result = failed_result(run_, error.what());
                          result.check_failed = true;
                          hand_over(run_.directory, result);
                        } catch (const std::exception& error) {
                          hand_over(run_.directory, failed_result(run_, error.what()));
                        }
                        return 0;
                      })
        .wait();
  }

  // On the world's clock; 0 where a rank failed before any other had begun.
  static double beginning_of(const std::vector<JournalEntry>& entries) {
    for (const JournalEntry& entry : entries) {
      if (entry.kind == Kind::began) return entry.start_s;
    }
    return 0;
  }

  // The digest of simulated events is that of the last attempt: what came before it is in the journal.
  void conclude(const ProcessEnd& end, const std::vector<JournalEntry>& entries) {
    if (!end.is_success()) throw RunFailed(fmt::format("the run's process {}", end.text()));
    if (!has_one_clock_ || attempts_ == 1) return;
    std::optional<RunResult> result = take_over(run_.directory);
    if (!result) return;
    std::string story = result->event_digest;
    for (const JournalEntry& entry : entries) {
      story += fmt::format(" {} {} {} {}", static_cast<int>(entry.kind), entry.time_s, entry.step, entry.rank);
    }
    result->event_digest = sha256_of(story);
    hand_over(run_.directory, *result);
  }

  void recover_from(const JournalEntry& failure, double start_s) {
    const FaultSpec& fault = run_.scenario.faults[failure.fault];
    schedule_.happened(failure.fault);
    lose_worker_of(fault);
    attempt_.is_restart = true;
    if (has_one_clock_) {
      attempt_.start_s = start_s;
      wait_in_simulated_time(failure.time_s, fault);
    } else {
      attempt_.start_s = failure.written_s - failure.time_s;
      note(Kind::noticed, steady_now_s() - attempt_.start_s);
      std::this_thread::sleep_for(std::chrono::duration<double>(fault.restart_after_s));
      attempt_.begins_at_s = steady_now_s() - attempt_.start_s;
    }
    regroup();
  }

  void change_workers(const JournalEntry& change, double start_s) {
    const double takes_s = attempt_.change->takes_s;
    workers_ = change.workers;
    attempt_.is_restart = true;
    if (has_one_clock_) {
      attempt_.start_s = start_s;
      attempt_.begins_at_s = change.time_s + takes_s;
    } else {
      attempt_.start_s = change.written_s - change.time_s;
      std::this_thread::sleep_for(std::chrono::duration<double>(takes_s));
      attempt_.begins_at_s = steady_now_s() - attempt_.start_s;
    }
    regroup();
  }

  // All who start again are told the same: the last checkpoint, and how many they are.
  void regroup() {
    if (auto own = resumption_from(run_.directory / kCheckpoints)) attempt_.from = std::move(own);
    if (attempt_.from) attempt_.membership = membership_of(*attempt_.from, workers_);
  }

  void lose_worker_of(const FaultSpec& fault) {
    if (!fault.shrinks) return;
    if (--workers_ == 0) throw RunFailed("the last worker has failed");
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
      lose_worker_of(*latest);
      journal_.append({.kind = Kind::failure, .time_s = failed_s, .rank = next->rank, .fault = next->fault});
    }
  }

  void note(Kind kind, double time_s) const { journal_.append({.kind = kind, .time_s = time_s}); }

  const Run& run_;
  FaultSchedule schedule_;
  Journal journal_;
  bool has_one_clock_;
  Attempt attempt_;
  int workers_;
  std::size_t failures_ = 0, attempts_ = 1;
};

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
  const bool is_number = found != from->manifest.identity.end() && found->is_number_integer() && *found > 0;
  if (is_number && !resharding_refusal(run.scenario)) expected["workers"] = *found;
  require_identity(from->checkpoint, from->manifest, expected);
  verify_parts(from->checkpoint, from->manifest);
  return {.from = from,
          .begins_at_s = from->manifest.time_s,
          .start_s = from->manifest.start_s,
          .membership = membership_of(*from, workers)};
}

void bring_up_through_failures(const Run& run) { Recovery(run).run(); }

}  // namespace tandem
