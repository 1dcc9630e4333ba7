#include "algorithms/strategies/async_shard.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "algorithms/collectives/collective.h"

namespace tandem::parameter_server {

AsyncShard::AsyncShard(Comm& comm, const Job& job, Range range, Recorder& recorder)
    : job_(job),
      range_(range),
      recorder_(recorder),
      parameters_(initial_buffer(comm, job, range)),
      optimizer_(comm, job.workload.optimizer, range.size(), job.steps),
      pushes_(comm, job, range),
      losses_(static_cast<std::size_t>(job.workers), std::numeric_limits<double>::infinity()) {}

Push AsyncShard::arrive(int worker, std::size_t clock) {
  const Push push = pushes_.push(worker);
  arrived_.push_back({worker, clock});
  losses_[static_cast<std::size_t>(worker)] = push.loss;
  return push;
}

void AsyncShard::apply_what_arrived(Comm& comm) {
  if (arrived_.empty()) return;
  std::sort(arrived_.begin(), arrived_.end(), [](const Arrival& a, const Arrival& b) { return a.worker < b.worker; });
  const Slice sum = pushes_.gradient(arrived_.front().worker);
  for (const Arrival& arrival : arrived_) {
    if (arrival.worker != arrived_.front().worker) accumulate(comm, sum, pushes_.gradient(arrival.worker));
    recorder_.update(comm, arrival.clock, arrival.worker, version_ - pushes_.push(arrival.worker).version);
  }
  // A round is as many updates as there are workers: what a synchronous server calls a step.
  const auto workers = static_cast<std::size_t>(job_.workers);
  const std::size_t rounds_before = static_cast<std::size_t>(version_) / workers;
  optimizer_.update(comm, parameters_, sum, rounds_before);
  version_ += static_cast<std::int64_t>(arrived_.size());
  arrived_.clear();
  const std::size_t rounds = static_cast<std::size_t>(version_) / workers;
  if (rounds > rounds_before) recorder_.snapshot_if_due(comm, rounds, range_.begin, parameters_);
}

Op AsyncShard::answer(Comm& comm, int worker, bool stop) {
  const Slice copy = pushes_.gradient(worker), parameters = parameters_;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(copy.bytes())},
               [&] { std::copy_n(parameters.f32(), parameters.count, copy.f32()); });
  return comm.isend(worker, kPull, copy, to_meta(Pull{.version = version_, .stop = stop}));
}

double AsyncShard::loss() const { return std::accumulate(losses_.begin(), losses_.end(), 0.0); }

}  // namespace tandem::parameter_server
