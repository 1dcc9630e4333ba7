#include "algorithms/exchanges/backup_server.h"

#include <algorithm>
#include <utility>

#include "algorithms/exchanges/answers.h"
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/survivors.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem::parameter_server {
namespace {

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
        survivors_(comm, workers_, deaths_survived(job.strategy), [this](std::size_t) { checkpoint_if_at_rest(); }),
        ops_(2 * workers_),
        steps_of_(workers_, 0) {
    State& state = training.state();
    state.add_parameters(0, parameters_, Copy::owned);
    optimizer_.describe(state, 0, Copy::owned);
    for (std::size_t worker = 0; worker < workers_; ++worker) state.add_number("steps of", worker, steps_of_[worker]);
  }

  void run() {
    const CancelGuard guard(comm_, ops_);
    step_ = training_.begin(comm_);
    told_.assign(workers_, step_);
    for (std::size_t worker = 0; worker < workers_ && step_ < job_.steps; ++worker) ops_[worker] = post(worker);
    while (const auto done = survivors_.next_of(ops_)) {
      const std::size_t worker = *done % workers_;
      if (*done < workers_) {
        for (const std::size_t next : take(worker)) ops_[workers_ + next] = answer(next);
      } else if (!stops_ || told_[worker] != step_) {  // it has not heard that this is the end
        ops_[worker] = post(worker);
      }
      checkpoint_if_at_rest();
    }
    training_.finish();
  }

 private:
  Op post(std::size_t worker) {
    return pushes_.post(comm_, static_cast<int>(worker), static_cast<std::size_t>(steps_of_[worker]));
  }

  // Returns who gets an answer now.
  std::vector<std::size_t> take(std::size_t worker) {
    const Push push = pushes_.push(static_cast<int>(worker));
    const auto its_step = static_cast<std::size_t>(steps_of_[worker]++);
    if (stops_ || push.version < static_cast<std::int64_t>(step_)) return {worker};
    counted_.push_back({static_cast<int>(worker), its_step});
    if (counted_.size() < workers_ - static_cast<std::size_t>(deaths_survived(job_.strategy))) return {};
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
    is_due_ = training_.checkpoint_is_due(step_);
  }

  // Who has been answered with the parameters of this step waits at the checkpoint. The late ones come to it, too:
  // their gradients are dropped as always.
  void checkpoint_if_at_rest() {
    for (std::size_t worker = 0; worker < workers_ && is_due_; ++worker) {
      const bool is_under_way = told_[worker] != step_ || ops_[workers_ + worker];
      if (!survivors_.is_dead(worker) && is_under_way) return;
    }
    if (std::exchange(is_due_, false)) training_.checkpoint_if_due(comm_, step_);
  }

  Op answer(std::size_t worker) {
    const Pull pull{.version = static_cast<std::int64_t>(step_), .stop = stops_};
    told_[worker] = step_;
    return answers_.send(comm_, pushes_, static_cast<int>(worker), static_cast<std::size_t>(steps_of_[worker]) - 1,
                         parameters_, pull);
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
  std::vector<Op> ops_;                 // the push of each worker, then the answer to each
  std::vector<std::int64_t> steps_of_;  // that each worker has ended, counted or dropped
  std::vector<std::size_t> told_;       // the step whose parameters it was answered with
  std::vector<Arrival> counted_;
  std::size_t step_ = 0;
  bool stops_ = false, is_due_ = false;
};

}  // namespace

void serve_with_backups(Comm& comm, const Job& job, Training& training, int server) {
  BackupServer(comm, job, training, shards_of(job, server).front()).run();
}

}  // namespace tandem::parameter_server
