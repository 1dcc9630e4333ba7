#include "app/run/checkpoints.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "app/run/asked_change.h"
#include "app/run/checkpoint_identity.h"
#include "app/run/checkpoint_meeting.h"
#include "app/run/departed.h"
#include "app/run/planned_ends.h"
#include "app/run/progress.h"
#include "app/run/rank_record_codec.h"
#include "app/run/young_daly.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/store/journal.h"
#include "core/errors.h"
#include "core/rank_died.h"

namespace tandem {
namespace {

/// Nothing counts as the strategy's while it lives.
class CountingPause {
 public:
  explicit CountingPause(Ledger& ledger) : ledger_(ledger), was_counting_(ledger.counting) { ledger.counting = false; }
  ~CountingPause() { ledger_.counting = was_counting_; }
  CountingPause(const CountingPause&) = delete;
  CountingPause& operator=(const CountingPause&) = delete;

 private:
  Ledger& ledger_;
  bool was_counting_;
};

/// What a stack writes: values that lie in the state, or in copies of their own.
struct Writing {
  std::size_t step = 0;
  double time_s = 0;   ///< time spent in training
  double start_s = 0;  ///< when training began, on the world's clock
  std::size_t next_step = 0;
  StatePart part;
  std::vector<Buffer> records;  ///< the stack's, and those of ranks that have departed
  std::vector<std::vector<char>> copies;

  void own_values() {
    for (StoredTensor& tensor : part.tensors) {
      copies.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
      tensor.bytes = {copies.back().data(), copies.back().size()};
    }
  }
};

class Keeper : public CheckpointKeeper {
 public:
  Keeper(const CheckpointPlan& plan, Holder holder)
      : plan_(plan),
        holder_(holder),
        meeting_(plan.holders, holder, plan.outlives_deaths),
        journal_(plan.folder),
        change_(plan.attempt.change) {
    if (plan.spec) next_ = plan.spec->every.steps > 0 ? plan.spec->every.steps : 1;
    if (plan.notes_progress && holder.stack == 0) progress_.emplace(plan.folder, holder.rank);
  }

  std::unique_ptr<CheckpointKeeper> beside() const override {
    return std::make_unique<Keeper>(plan_, Holder{holder_.rank, holder_.stack + 1});
  }

  std::size_t restore(Comm& comm, Training& training) override {
    const CountingPause pause(comm.ledger());
    const Attempt& attempt = plan_.attempt;
    if (attempt.goes_on()) training.start(plan_.start_of_training_s(comm.now()));
    const double begins_s = training.start_s() + attempt.begins_at_s;
    const std::size_t steps = attempt.from ? attempt.from->manifest.step : 0;
    note_progress(steps);
    stay_dead();
    await_failures(comm, training);
    if (attempt.goes_on()) {
      if (plan_.clock_goes_on && attempt.is_restart) comm.sleep_until(begins_s);
      if (attempt.from) put_back(comm, training);
      leave_together(comm, begins_s);
    }
    last_release_s_ = comm.now(), last_release_step_ = steps;
    if (meeting_.leads()) {
      journal_.append({.kind = JournalEntry::Kind::began,
                       .time_s = comm.now() - training.start_s(),
                       .step = steps,
                       .start_s = training.start_s(),
                       .workers = plan_.workers});
    }
    return steps;
  }

  bool is_due(std::size_t steps_done) override {
    note_progress(steps_done);
    return changes_after(steps_done) || (plan_.spec && steps_done == next_);
  }

  void save(Comm& comm, Training& training, std::size_t steps_done) override {
    const CountingPause pause(comm.ledger());
    const double reached_s = comm.now();
    background_.reset_after_join();
    const double began_s = comm.now();
    Writing writing = begin_writing(comm, training, steps_done);
    const double step_s =
        (reached_s - last_release_s_) / static_cast<double>(std::max<std::size_t>(1, steps_done - last_release_step_));
    if (blocks(steps_done)) {
      const PartReport own = write(comm, writing);
      meet(comm, writing, own, {step_s, began_s});
    } else {
      save_beside(comm, std::move(writing), {step_s, began_s});
    }
    last_release_s_ = comm.now(), last_release_step_ = steps_done;
  }

  void finish() override {
    background_.reset_after_join();
    failure_.task.reset();
  }
  void abandon() override { background_.task.reset(), failure_.task.reset(); }

  void step_begins(Comm& comm, std::size_t step) override {
    note_progress(step);
    if (plan_.membership && !change_ && step + 1 < plan_.steps) hear_requests(comm, step);
    if (plan_.noise && plan_.attempt.goes_on()) {
      const double delay_s = noise_s(*plan_.noise, plan_.seed, comm.rank(), step);
      if (delay_s > 0) comm.compute({.delay_s = delay_s}, [] {});
    }
    for (const PlannedFailure& failure : plan_.attempt.failures) {
      if (failure.rank == holder_.rank && failure.step == step) fail_as_planned(journal_, failure, now(comm));
    }
    may_die(comm, step);
    for (const PlannedHang& planned : plan_.hangs) {
      if (planned.rank == holder_.rank && planned.step == step)
        hang(comm, planned, journal_, comm.now() - start_s_, step);
    }
  }

  void may_die(Comm& comm, std::size_t step) override {
    steps_done_ = step;
    for (const PlannedFailure& death : plan_.deaths) {
      const bool has_come = death.step ? death.step == step : comm.now() - start_s_ >= death.time_s;
      if (death.rank == holder_.rank && has_come) die(comm, death);
    }
  }

  void took_over(int from, double noticed_s, double waited_s) override {
    journal_.append({.kind = JournalEntry::Kind::replaced,
                     .time_s = noticed_s - start_s_,
                     .step = steps_done_,
                     .rank = from,
                     .lasts_s = waited_s});
  }

 private:
  /// Whether the workers of this attempt end with a checkpoint after so many steps.
  bool changes_after(std::size_t steps_done) const { return change_ && change_->at->step == steps_done; }
  bool blocks(std::size_t steps_done) const { return changes_after(steps_done) || plan_.spec->blocking; }

  void note_progress(std::size_t steps_done) {
    steps_done_ = steps_done;
    if (progress_) progress_->note(steps_done);
  }

  /// A second stack of this one.
  struct Beside {
    std::optional<CommTask> task;
    void reset_after_join() {
      if (task) task->join();
      task.reset();
    }
  };

  // The world ends this rank alone. A simulated one is silent until the others are to notice.
  [[noreturn]] void die(Comm& comm, const PlannedFailure& death) const {
    note_death(journal_, death, now(comm));
    if (plan_.clock_goes_on) comm.sleep_until(comm.now() + death.detect_after_s);
    throw RankDied();
  }

  EndsAt now(Comm& comm) const { return {comm.now() - start_s_, steps_done_}; }

  // The first rank looks, and tells the others before they compute the step after which all change.
  void hear_requests(Comm& comm, std::size_t step) {
    const CountingPause pause(comm.ledger());
    int workers = 0;
    if (meeting_.leads()) {
      const std::optional<AskedChange> asked =
          asked_change(plan_.folder, *plan_.membership, plan_.workers, comm.now() - start_s_, step);
      if (asked) workers = asked->workers, asked_ = *asked;
      meeting_.tell_workers(comm, workers);
    } else {
      workers = meeting_.hear_workers(comm);
    }
    if (workers > 0) change_ = WorkerChange{.at = FaultTime{.step = step + 1}, .workers = workers};
  }

  // Who had died before the checkpoint has no part in it, and the run goes on without it as it did.
  void stay_dead() const {
    const std::optional<Resumption>& from = plan_.attempt.from;
    if (!plan_.outlives_deaths || !from || holder_.stack != 0) return;
    const auto is_own = [&](const CheckpointPart& part) { return part.file == part_name(holder_.rank, 0); };
    if (std::any_of(from->manifest.parts.begin(), from->manifest.parts.end(), is_own)) return;
    die_alone(journal_, {.rank = holder_.rank}, {plan_.attempt.begins_at_s, steps_done_},
              "it had died before the checkpoint");
  }

  void await_failures(Comm& comm, const Training& training) {
    start_s_ = training.start_s();
    for (const PlannedFailure& failure : plan_.attempt.failures) {
      if (failure.rank != holder_.rank || holder_.stack != 0 || failure.step) continue;
      const double fails_s = start_s_ + failure.time_s;
      failure_.task.emplace(comm.spawn("failure", [this, failure, fails_s](Comm& second) {
        second.sleep_until(fails_s);
        if (second.now() >= fails_s) fail_as_planned(journal_, failure, {failure.time_s, steps_done_});
      }));
    }
  }

  void put_back(Comm& comm, Training& training) {
    const Resumption& from = *plan_.attempt.from;
    StateRestorer restorer(from.checkpoint, from.manifest);
    const std::uint64_t bytes = restorer.restore(training.state(), holder_);
    const StoredTensor* records = restorer.find(holder_, kRecordsEntry);
    const bool is_new = plan_.attempt.membership.has_changed && holder_.rank >= workers_of(from.manifest);
    if (records == nullptr && !is_new) {
      throw UsageError(fmt::format("{}: entry \"{}\" is missing",
                                   (from.checkpoint / part_name(holder_.rank, holder_.stack)).string(), kRecordsEntry));
    }
    RankRecord before = is_new ? RankRecord{} : record_in(*records);
    training.records() = {std::move(before.steps), std::move(before.updates), std::move(before.snapshots)};
    Ledger& ledger = comm.ledger();
    ledger.traffic = before.traffic;
    ledger.compute_s = before.compute_s, ledger.communication_s = before.communication_s;
    if (plan_.spec) {
      const std::size_t every = plan_.spec->every.steps;
      next_ = every > 0 ? (from.manifest.step / every + 1) * every : from.manifest.next_step;
    }
    if (plan_.attempt.is_restart) charge(comm, bytes);
  }

  // As at the end of the checkpoint, so that simulated ranks begin one after the other as they did then.
  void leave_together(Comm& comm, double begins_s) {
    if (!meeting_.leads()) {
      meeting_.await_release(comm);
      return;
    }
    if (plan_.clock_goes_on) comm.sleep_until(begins_s);
    meeting_.release(comm, next_);
  }

  void charge(Comm& comm, std::uint64_t bytes) const {
    if (plan_.seconds_per_byte > 0) comm.sleep_until(comm.now() + static_cast<double>(bytes) * plan_.seconds_per_byte);
  }

  Writing begin_writing(Comm& comm, Training& training, std::size_t step) {
    Writing writing{.step = step,
                    .time_s = comm.now() - training.start_s(),
                    .start_s = training.start_s(),
                    .part = part_of_state(training.state(), holder_, plan_.replicas_agree)};
    const Ledger& ledger = comm.ledger();
    writing.records.push_back(encode(RankRecord{.rank = holder_.rank,
                                                .compute_s = ledger.compute_s,
                                                .communication_s = ledger.communication_s,
                                                .traffic = ledger.traffic,
                                                .steps = training.steps(),
                                                .updates = training.updates(),
                                                .snapshots = training.snapshots()}));
    if (meeting_.leads()) {
      for (const RankRecord& departed : plan_.attempt.membership.departed) writing.records.push_back(encode(departed));
    }
    for (std::size_t i = 0; i < writing.records.size(); ++i) {
      const std::string entry = i == 0 ? kRecordsEntry : departed_entry(i - 1);
      const Slice values = writing.records[i];
      writing.part.tensors.push_back(
          {entry, "U8", values.bytes(), {reinterpret_cast<const char*>(values.address), values.bytes()}});
      writing.part.metadata[entry] = "version";
    }
    return writing;
  }

  std::filesystem::path path_of(std::size_t step) const { return checkpoint_path(plan_.folder / kCheckpoints, step); }

  PartReport write(Comm& comm, const Writing& writing) const {
    PartReport report{.part = write_part(path_of(writing.step), part_name(holder_.rank, holder_.stack),
                                         writing.part.tensors, writing.part.metadata),
                      .state_bytes = writing.part.bytes};
    charge(comm, writing.part.bytes);
    return report;
  }

  /// How fast training goes, and when it began to wait.
  struct Pace {
    double step_s, began_s;
  };

  // All report and wait; the leader commits what was written, unless that is still to be done, and releases them.
  void meet(Comm& comm, Writing& writing, const PartReport& own, const Pace& pace) {
    using Report = CheckpointMeeting::Report;
    if (!meeting_.leads()) {
      meeting_.report(comm, Report::before, own);
      next_ = meeting_.await_release(comm);
      return;
    }
    const std::vector<PartReport> reports = meeting_.collect(comm, Report::before, own);
    const double now_s = comm.now();
    next_ = writing.next_step = next_after(writing.step, pace.step_s, now_s - pace.began_s);
    writing.time_s = now_s - writing.start_s;
    if (blocks(writing.step)) commit_all(writing, reports, now_s - pace.began_s);
    if (changes_after(writing.step))
      end_for_change(plan_.folder, {asked_.request, change_->workers, asked_.hosts}, {writing.time_s, writing.step});
    meeting_.release(comm, next_);
  }

  void commit_all(const Writing& writing, const std::vector<PartReport>& reports, double blocked_s) const {
    CheckpointManifest manifest{.step = writing.step,
                                .next_step = writing.next_step,
                                .time_s = writing.time_s,
                                .start_s = writing.start_s,
                                .workers_changed = plan_.attempt.membership.has_changed,
                                .workers_before = plan_.attempt.membership.workers_before,
                                .identity = plan_.identity};
    for (const PartReport& report : reports) {
      manifest.parts.push_back(report.part);
      manifest.state_bytes += report.state_bytes;
    }
    commit(path_of(writing.step), manifest, plan_.spec ? plan_.spec->keep : 1);
    journal_.append({.kind = JournalEntry::Kind::checkpoint,
                     .time_s = writing.time_s,
                     .step = writing.step,
                     .blocked_s = blocked_s,
                     .bytes = manifest.state_bytes});
  }

  // Where the next checkpoint depends on time, or workers would run apart, all meet before they go on.
  void save_beside(Comm& comm, Writing writing, const Pace& pace) {
    writing.own_values();  // not as a computation's body: numbers are real in phantom runs, too
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(writing.part.bytes)}, [] {});
    if (plan_.is_asynchronous || plan_.spec->every.steps == 0) {
      meet(comm, writing, {}, pace);
    } else {
      next_ = writing.next_step = writing.step + plan_.spec->every.steps;
    }
    const double began_s = comm.now(), blocked_s = began_s - pace.began_s;
    auto shared = std::make_shared<Writing>(std::move(writing));
    background_.task.emplace(comm.spawn("checkpoint", [this, shared, began_s, blocked_s](Comm& second) {
      using Report = CheckpointMeeting::Report;
      const PartReport own = write(second, *shared);
      if (!meeting_.leads()) return meeting_.report(second, Report::beside, own);
      commit_all(*shared, meeting_.collect(second, Report::beside, own), blocked_s);
      written_in_s_ = second.now() - began_s;
    }));
  }

  std::size_t next_after(std::size_t step, double step_s, double cost_s) const {
    if (!plan_.spec) return 0;
    const CheckpointInterval& every = plan_.spec->every;
    if (every.steps > 0) return (step / every.steps + 1) * every.steps;
    constexpr double kMost = 1e9;
    // What is written beside training costs it little, but the next one waits until it is written.
    const double interval_s =
        every.is_automatic ? std::max(daly_interval_s(cost_s, plan_.mtbf_s), written_in_s_) : every.time_s;
    const double steps = step_s > 0 ? std::clamp(interval_s / step_s, 1.0, kMost) : kMost;
    return step + static_cast<std::size_t>(std::llround(steps));
  }

  const CheckpointPlan& plan_;
  Holder holder_;
  CheckpointMeeting meeting_;
  Journal journal_;
  std::size_t next_ = 0;
  double written_in_s_ = 0;  ///< how long the last checkpoint took that was written beside training
  double start_s_ = 0;
  double last_release_s_ = 0;
  std::size_t last_release_step_ = 0;
  std::atomic<std::size_t> steps_done_ = 0;  // read by the stack that waits for a failure
  std::optional<WorkerChange> change_;       ///< with which this attempt ends: planned, or asked for
  AskedChange asked_;                        ///< by whom, where it was
  std::optional<ProgressNotes> progress_;
  Beside background_, failure_;
};

}  // namespace

std::unique_ptr<CheckpointKeeper> make_keeper(const CheckpointPlan& plan, int rank) {
  return std::make_unique<Keeper>(plan, Holder{rank, 0});
}

}  // namespace tandem
