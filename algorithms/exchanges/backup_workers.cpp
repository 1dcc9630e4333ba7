// Synchronous SGD with backup workers (Chen et al., "Revisiting distributed synchronous SGD", 2016): of P workers the
// server waits for the first P - b gradients of each step. A gradient that comes later was computed from parameters
// that are old by then: the server drops it, and answers with those of now. So b workers may die without loss.
//
//   cost of a step: the (P-b)-th fastest worker's compute, and the server's 2 (alpha + P N beta)
//   messages: one push and one pull per gradient, counted or dropped
//
// With exponential times of mean t, workers who could drop their work at once would take t (H_P - H_b) per step (H: a
// harmonic number); a late worker ends what it began. Without backups it is the synchronous parameter server, to the
// bit.
#include <algorithm>
#include <utility>

#include "algorithms/exchanges/answers.h"
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/server_memory.h"
#include "algorithms/exchanges/survivors.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

using namespace parameter_server;

int backups_of(const Job& job) { return job.strategy.get<BackupOption>().backups; }

class BackupServer {
 public:
  BackupServer(Comm& comm, const Job& job, Training& training, const Shard& shard)
      : comm_(comm),
        job_(job),
        training_(training),
        workers_(static_cast<std::size_t>(job.workers)),
        parameters_(initial_buffer(comm, job, shard.range)),
        optimizer_(comm, job.workload.optimizer, shard.range.size(), job.steps),
        pushes_(comm, job, shard),
        answers_(comm, job, shard),
        survivors_(comm, workers_, backups_of(job)),
        steps_of_(workers_, 0) {
    training.state().add_parameters(0, parameters_, Copy::owned);
    optimizer_.describe(training.state(), 0, Copy::owned);
  }

  void run() {
    std::vector<Op> ops(2 * workers_);  // the push of each worker, then the answer to each
    std::vector<bool> ends(workers_, false);
    const CancelGuard guard(comm_, ops);
    for (std::size_t worker = 0; worker < workers_; ++worker) ops[worker] = post(worker);
    while (const auto done = survivors_.next_of(ops)) {
      const std::size_t worker = *done % workers_;
      if (*done < workers_) {
        for (const std::size_t next : take(worker)) ops[workers_ + next] = answer(next), ends[next] = stops_;
      } else if (!ends[worker]) {
        ops[worker] = post(worker);
      }
    }
    training_.finish();
  }

 private:
  Op post(std::size_t worker) { return pushes_.post(comm_, static_cast<int>(worker), steps_of_[worker]); }

  // Returns who gets an answer now.
  std::vector<std::size_t> take(std::size_t worker) {
    const Push push = pushes_.push(static_cast<int>(worker));
    const std::size_t its_step = steps_of_[worker]++;
    if (stops_ || push.version < static_cast<std::int64_t>(step_)) return {worker};
    counted_.push_back({static_cast<int>(worker), its_step});
    if (counted_.size() < workers_ - static_cast<std::size_t>(backups_of(job_))) return {};
    update();
    std::vector<std::size_t> waiting;
    for (const Arrival& one : std::exchange(counted_, {})) waiting.push_back(static_cast<std::size_t>(one.worker));
    return waiting;
  }

  // The gradients that count stand for those that do not.
  void update() {
    std::sort(counted_.begin(), counted_.end(), [](const Arrival& a, const Arrival& b) { return a.worker < b.worker; });
    const float weight = static_cast<float>(workers_) / static_cast<float>(counted_.size());
    double loss = 0;
    for (Arrival& arrival : counted_) {
      arrival.weight = weight;
      loss += pushes_.push(arrival.worker).loss * weight;
    }
    optimizer_.update(comm_, parameters_, pushes_.sum(comm_, counted_), step_++);
    training_.snapshot_if_due(comm_, step_, {0, job_.model.parameters + 1});
    stops_ = step_ == job_.steps || is_low_enough(job_, loss);
  }

  Op answer(std::size_t worker) {
    const Pull pull{.version = static_cast<std::int64_t>(step_), .stop = stops_};
    return answers_.send(comm_, pushes_, static_cast<int>(worker), steps_of_[worker] - 1, parameters_, pull);
  }

  Comm& comm_;
  const Job& job_;
  Training& training_;
  std::size_t workers_;
  Buffer parameters_;
  Optimizer optimizer_;
  PushBox pushes_;
  Answers answers_;
  Survivors survivors_;
  std::vector<std::size_t> steps_of_;  // that each worker has ended, counted or dropped
  std::vector<Arrival> counted_;
  std::size_t step_ = 0;
  bool stops_ = false;
};

void serve(Comm& comm, const Job& job, Training& training, int server) {
  BackupServer(comm, job, training, shards_of(job, server).front()).run();
}

std::optional<std::string> backup_refusal(const Job& job) {
  if (backups_of(job) >= job.workers)
    return fmt::format("{} backups leave none of {} workers to wait for", backups_of(job), job.workers);
  if (auto reason = vote_refusal(job)) return reason;
  if (shards_of(job).size() == 1) return std::nullopt;
  return "backup-workers decides of whole gradients which count; it takes one server and no bucket or overlap";
}

}  // namespace

Strategy backup_workers() {
  const auto keys = Mapping<BackupOption>().key("backups", &BackupOption::backups, whole<int>(between(0, 65535)),
                                                "workers whose gradient a step does not wait for");
  const auto label = +[](const BackupOption& options) { return fmt::format("b={}", options.backups); };
  return data_parallel({.name = "backup-workers",
                        .doc = "parameter server: a step takes the first gradients and drops the last few",
                        .paper = "Chen et al. 2016",
                        .options = {server_options(), codec_option(), option_table(keys, label)},
                        .worker_copies = Copy::version,
                        .facts =
                            [](const Choice&) {
                              return Facts{
                                  .same_bits = false, .every_gradient_every_step = false, .replicas_agree = false};
                            },
                        .make = [](const Worker& worker) { return std::make_unique<Client>(worker); },
                        .serve = serve,
                        .layout = layout,
                        .refusal = backup_refusal,
                        .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(); },
                        .memory = memory,
                        .coding_memory = memory_of_own_pulls,
                        .asks_losses = false});
}

}  // namespace tandem::strategies
