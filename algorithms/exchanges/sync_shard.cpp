#include "algorithms/exchanges/sync_shard.h"

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem::parameter_server {

SyncShard::SyncShard(Comm& comm, const Job& job, const Shard& shard)
    : job_(job),
      shard_(shard),
      pushers_(pushers_of(job)),
      parameters_(initial_buffer(comm, job, shard.range)),
      optimizer_(comm, job.workload.optimizer, shard.range.size(), job.steps),
      pushes_(comm, job, shard) {
  if (codec_choice(job) != nullptr)
    told_.emplace(comm, job, shard.range, /*sender=*/static_cast<std::uint64_t>(job.workers));
}

SummedPushes SyncShard::sum(Comm& comm, std::size_t step) {
  SummedPushes sum;
  std::vector<Arrival> arrivals;
  for (const int worker : pushers_) {
    arrivals.push_back({worker, step});
    sum.loss += pushes_.push(worker).loss;
  }
  sum.gradient = pushes_.sum(comm, arrivals);
  return sum;
}

void SyncShard::update(Comm& comm, const SummedPushes& sum, std::size_t step) {
  optimizer_.update(comm, parameters_, sum.gradient, step);
  pull_ = {.version = static_cast<std::int64_t>(step + 1) * job_.workers, .stop = is_low_enough(job_, sum.loss)};
  answer_ = told_ ? pushes_.message(0, step) : parameters_.slice();
  if (told_) told_->write(comm, step, parameters_, answer_);
}

// Under a codec the model is what the workers have: the server's is ahead of it by what pulls have left out.
void SyncShard::describe(State& state) {
  state.add_parameters(shard_.range.begin, told_ ? told_->known() : parameters_.slice(), Copy::owned);
  if (told_) state.add({"server's parameters", shard_.range.begin, parameters_, Copy::owned});
  if (told_) told_->describe(state);
  optimizer_.describe(state, shard_.range.begin, Copy::owned);
}

}  // namespace tandem::parameter_server
