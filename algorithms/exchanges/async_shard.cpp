#include "algorithms/exchanges/async_shard.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "algorithms/strategies/local_gradient.h"

namespace tandem::parameter_server {

AsyncShard::AsyncShard(Comm& comm, const Job& job, const Shard& shard, const AsyncOptions& options, Training& training)
    : job_(job),
      training_(training),
      shard_(shard),
      workers_(static_cast<std::size_t>(job.workers)),
      rate_by_staleness_(options.rate_by_staleness),
      parameters_(initial_buffer(comm, job, shard.range)),
      optimizer_(comm, job.workload.optimizer, shard.range.size(), job.steps),
      pushes_(comm, job, shard),
      answers_(comm, job, shard),
      clocks_(job.workers, options.staleness),
      losses_(workers_, std::numeric_limits<double>::infinity()) {}

void AsyncShard::post_first_receives(Comm& comm, std::span<Op> ops, std::size_t step) {
  for (std::size_t worker = 0; worker < workers_; ++worker)
    ops[worker] = pushes_.post(comm, static_cast<int>(worker), step);
}

void AsyncShard::proceed(Comm& comm, std::span<Op> ops, std::size_t index) {
  const int worker = static_cast<int>(index % workers_);
  if (index >= workers_) {  // an answer has left: its buffer is free for the next push
    if (!clocks_.has_ended(worker)) ops[index - workers_] = pushes_.post(comm, worker, clocks_.clock(worker));
    return;
  }
  const Push push = pushes_.push(worker);
  arrived_.push_back({worker, clocks_.clock(worker)});
  losses_[index] = push.loss;
  clocks_.end_step(worker, push.is_last);
  answer_released(comm, ops);
}

void AsyncShard::go_on_without(Comm& comm, std::span<Op> ops, int worker) {
  clocks_.leave(worker);
  answer_released(comm, ops);
}

void AsyncShard::answer_released(Comm& comm, std::span<Op> ops) {
  const std::vector<int> released = clocks_.release();
  if (released.empty()) return;
  apply_what_arrived(comm);
  if (job_.workload.stop.loss) stop_ = stop_ || is_low_enough(job_, loss());
  for (const int next : released) {
    ops[workers_ + static_cast<std::size_t>(next)] = answers_.send(
        comm, pushes_, next, clocks_.clock(next) - 1, parameters_, Pull{.version = version_, .stop = stop_});
  }
}

// The sum of what has arrived, in rank order, is one update.
void AsyncShard::apply_what_arrived(Comm& comm) {
  if (arrived_.empty()) return;
  std::sort(arrived_.begin(), arrived_.end(), [](const Arrival& a, const Arrival& b) { return a.worker < b.worker; });
  for (Arrival& arrival : arrived_) {
    const std::int64_t staleness = version_ - pushes_.push(arrival.worker).version;
    if (rate_by_staleness_ && staleness > 1) arrival.weight = 1 / static_cast<float>(staleness);
    training_.update(comm, arrival.step, arrival.worker, staleness);
  }
  const Slice sum = pushes_.sum(comm, arrived_);
  // As many updates as there are workers are what a synchronous server calls a step.
  const std::size_t steps_before = static_cast<std::size_t>(version_) / workers_;
  optimizer_.update(comm, parameters_, sum, steps_before);
  version_ += static_cast<std::int64_t>(arrived_.size());
  arrived_.clear();
  const std::size_t steps = static_cast<std::size_t>(version_) / workers_;
  if (steps > steps_before) {
    training_.snapshot_if_due(comm, steps, {shard_.range.begin, std::max(shard_.range.end, shard_.range.begin + 1)});
  }
}

double AsyncShard::loss() const { return std::accumulate(losses_.begin(), losses_.end(), 0.0); }

std::optional<std::size_t> AsyncShard::rests_after(std::span<const Op> ops) const {
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    if (clocks_.has_left(static_cast<int>(worker))) continue;
    const bool is_answered = !ops[workers_ + worker];
    if (!is_answered || clocks_.clock(static_cast<int>(worker)) != clocks_.clock(0)) return std::nullopt;
  }
  return clocks_.clock(0);
}

void AsyncShard::describe(State& state) {
  answers_.describe(state);
  state.add_parameters(shard_.range.begin, parameters_, Copy::owned);
  optimizer_.describe(state, shard_.range.begin, Copy::owned);
  state.add_number("version", shard_.range.begin, version_);
}

}  // namespace tandem::parameter_server
