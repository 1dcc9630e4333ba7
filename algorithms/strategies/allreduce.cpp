// Data parallelism by all-reduce: every worker holds the whole model, computes the gradient of its part of the global
// batch, and a collective sums the gradients, so that all take the same step (Horovod, PyTorch DDP).
//
//   cost a step: compute/n + the collective's cost for the model's bytes; with `overlap` the collective runs beside the
//   backward pass, and the step lasts at least max(compute/n, collective) and at most their sum.
//
// `bucket` reduces the gradients in pieces of whole layers, last layer first. `overlap` hands each piece to a second
// stack as soon as its layers' backward is done, while the layers before it are still computing. It is not gradient
// accumulation: there is one update a step.
#include "algorithms/strategies/allreduce.h"

#include "algorithms/collectives/auto.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/buckets.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {
namespace {

void reduce(Comm& comm, const Collective& collective, Replica& replica, const std::vector<Range>& buckets) {
  for (const Range& bucket : buckets) collective.all_reduce(comm, replica.gradients_of(bucket));
}

// The reducer takes the buckets in order, each when it hears that the bucket's gradients are complete.
void backward_beside_reduce(Comm& comm, const Collective& collective, Replica& replica, Pass& pass,
                            const std::vector<Range>& buckets) {
  constexpr int kBucketReady = 1;
  CommTask reducer = comm.spawn("reducer", [&](Comm& second_stack) {
    for (const Range& bucket : buckets) {
      second_stack.await_notification(kBucketReady);
      collective.all_reduce(second_stack, replica.gradients_of(bucket));
    }
  });
  std::vector<Op> ready;
  for (const Range& bucket : buckets) {
    for (std::size_t layer = bucket.end; layer-- > bucket.begin;) replica.backward(comm, pass, layer);
    ready.push_back(comm.notify(kBucketReady));
  }
  reducer.join();
  comm.wait_all(ready);
}

bool all_are_low_enough(Comm& comm, const Collective& collective, const Job& job, double loss_share) {
  if (!job.workload.stop.loss) return false;
  const Buffer loss = comm.make_buffer(1);
  if (!loss.slice().is_phantom()) loss.slice().f32()[0] = static_cast<float>(loss_share);
  collective.all_reduce(comm, loss);
  return !loss.slice().is_phantom() && is_low_enough(job, loss.slice().f32()[0]);
}

void run(Comm& comm, const Job& job, Recorder& recorder) {
  const Collective& collective = *find_collective(job.strategy.collective);
  const std::vector<Range> buckets = plan_buckets(job.model, job.strategy);
  Replica replica(comm, job, all_layers(job.model));
  Optimizer optimizer(comm, job.workload.optimizer, job.model.parameters, job.steps);
  Pass pass = replica.make_pass(largest_part(job, comm.rank()));

  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.part(step, comm.rank());
    comm.begin_step();
    replica.load(pass, rows);
    replica.begin_step();
    replica.forward(comm, pass);
    const double loss = replica.loss(comm, pass);
    if (job.strategy.overlap) {
      backward_beside_reduce(comm, collective, replica, pass, buckets);
    } else {
      replica.backward(comm, pass);
      reduce(comm, collective, replica, buckets);
    }
    optimizer.update(comm, replica.parameters(), replica.gradients(), step);

    recorder.step(comm, step, loss, rows.size());
    if (comm.rank() == 0) recorder.snapshot_if_due(comm, step + 1, 0, replica.parameters());
    if (all_are_low_enough(comm, collective, job, loss)) break;
  }
  recorder.finish(0, replica.parameters(), /*owns=*/comm.rank() == 0);
}

int ranks(const Job& job) { return job.workers; }

std::optional<std::string> refusal(const StrategySpec&, int, const Model&) { return std::nullopt; }

Traffic traffic(const Job& job, int rank, std::size_t steps) {
  const Collective& collective = *find_collective(job.strategy.collective);
  Traffic step;
  for (const Range& bucket : plan_buckets(job.model, job.strategy)) {
    step += collective.traffic(job.workers, rank, job.model.parameter_range(bucket).size());
  }
  if (job.workload.stop.loss) step += collective.traffic(job.workers, rank, 1);
  return step * steps;
}

std::string picks(const Job& job) {
  if (job.strategy.collective != "auto") return {};
  std::vector<std::size_t> counts;
  for (const Range& bucket : plan_buckets(job.model, job.strategy)) {
    counts.push_back(job.model.parameter_range(bucket).size());
  }
  return picks_text(job.workers, counts);
}

}  // namespace

Strategy allreduce_strategy() {
  return {.name = "allreduce",
          .doc = "data parallel: a collective sums the gradients every step",
          .options = {"collective", "bucket", "overlap"},
          .synchronous = true,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .picks = picks};
}

}  // namespace tandem
