// Synchronous parameter server: the servers hold the parameters, cut evenly by element; every step each worker pushes
// its gradient, the servers sum the gradients in rank order, update, and answer everyone (bulk-synchronous SGD).
//
//   cost a step, n workers, k dedicated servers, N bytes: compute/n + 2 (alpha + max(N, n N/k) beta)
//   messages: one push and one pull a worker, server and step
//
// With k = n colocated servers a host moves about as many bytes as in a ring; with k = 1 the server's link is the
// bottleneck from the second worker on. It tolerates no stragglers: everyone waits for the slowest.
#include "algorithms/strategies/ps_sync.h"

#include "algorithms/collectives/collective.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/parameter_server.h"

namespace tandem {
namespace {

using namespace parameter_server;

void work(Comm& comm, const Job& job, Recorder& recorder) {
  Replica replica(comm, job, all_layers(job.model));
  Pass pass = replica.make_pass(largest_part(job, comm.rank()));
  Client client(job);

  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.part(step, comm.rank());
    const double loss = local_gradient(comm, replica, pass, rows);
    const bool stop = client.push_and_pull(comm, replica, loss, /*is_last=*/step + 1 == job.steps);
    recorder.step(comm, step, loss, rows.size());
    if (stop) break;
  }
  recorder.finish(0, replica.parameters(), /*owns=*/false);
}

void serve(Comm& comm, const Job& job, Recorder& recorder, int server) {
  const Range range = shard(job, server);
  const Buffer parameters = initial_buffer(comm, job, range);
  Optimizer optimizer(comm, job.workload.optimizer, range.size(), job.steps);
  PushBox pushes(comm, job, range);
  std::vector<Op> ops(static_cast<std::size_t>(job.workers));

  bool stop = false;
  for (std::size_t step = 0; step < job.steps && !stop; ++step) {
    for (int worker = 0; worker < job.workers; ++worker)
      ops[static_cast<std::size_t>(worker)] = pushes.post(comm, worker);
    comm.wait_all(ops);
    double loss = pushes.push(0).loss;
    for (int worker = 1; worker < job.workers; ++worker) {
      accumulate(comm, pushes.gradient(0), pushes.gradient(worker));
      loss += pushes.push(worker).loss;
    }
    optimizer.update(comm, parameters, pushes.gradient(0), step);
    // Every server sees every worker's loss, so all of them decide alike.
    stop = is_low_enough(job, loss);

    const auto version = static_cast<std::int64_t>(step + 1) * job.workers;
    for (int worker = 0; worker < job.workers; ++worker) {
      ops[static_cast<std::size_t>(worker)] =
          comm.isend(worker, kPull, parameters, to_meta(Pull{.version = version, .stop = stop}));
    }
    comm.wait_all(ops);
    recorder.snapshot_if_due(comm, step + 1, range.begin, parameters);
  }
  recorder.finish(range.begin, parameters, /*owns=*/true);
}

void run(Comm& comm, const Job& job, Recorder& recorder) {
  run_roles(
      comm, job, [&](Comm& stack) { work(stack, job, recorder); },
      [&](Comm& stack, int server) { serve(stack, job, recorder, server); });
}

}  // namespace

Strategy ps_sync_strategy() {
  return {.name = "ps-sync",
          .doc = "parameter server: workers push gradients, servers sum, update and answer, every step",
          .options = {"servers", "placement"},
          .synchronous = true,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic};
}

}  // namespace tandem
