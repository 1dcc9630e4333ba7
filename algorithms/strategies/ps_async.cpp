// Asynchronous parameter server: a server answers each worker without waiting for the others, so a slow worker delays
// only itself, and gradients are computed from parameters that are some updates old (Dean et al., "Large scale
// distributed deep networks", NIPS 2012). With `staleness: s` it is stale-synchronous (Ho et al., "More effective
// distributed ML via a stale synchronous parallel parameter server", NIPS 2013): a worker that has ended c steps begins
// another only when the slowest has ended at least c - s. s = 0 is the synchronous parameter server, to the bit.
//
//   cost: n workers saturate a server's link when 2 n N beta exceeds a worker's compute; then a round of n updates
//   takes n N beta when pushes and pulls overlap, and up to twice that when equal workers move in lockstep messages:
//   one push and one pull a worker, server and step
//
// A server applies what it has received just before it next answers: gradients that arrived since, summed in rank
// order, as one update. Nobody can see a difference to applying each on arrival, except an optimizer with momentum,
// which takes the group as the one step that it is.
#include "algorithms/strategies/ps_async.h"

#include "algorithms/strategies/async_shard.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/parameter_server.h"
#include "algorithms/strategies/worker_clocks.h"

namespace tandem {
namespace {

using namespace parameter_server;

void work(Comm& comm, const Job& job, Recorder& recorder) {
  Replica replica(comm, job, all_layers(job.model));
  Pass pass = replica.make_pass(largest_part(job, comm.rank()));
  Client client(job);

  bool stop = false;
  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.part(step, comm.rank());
    const double loss = local_gradient(comm, replica, pass, rows);
    const bool is_last = stop || step + 1 == job.steps;
    stop = client.push_and_pull(comm, replica, loss, is_last);
    recorder.step(comm, step, loss, rows.size());
    if (is_last) break;
  }
}

void serve(Comm& comm, const Job& job, Recorder& recorder, int server) {
  const Range range = shard(job, server);
  AsyncShard held(comm, job, range, recorder);
  WorkerClocks clocks(job.workers, job.strategy.staleness);

  const auto n = static_cast<std::size_t>(job.workers);
  std::vector<Op> ops(2 * n);  // the push of each worker, then the answer to each
  const CancelGuard guard(comm, ops);
  for (std::size_t worker = 0; worker < n; ++worker) ops[worker] = held.post(comm, static_cast<int>(worker));
  bool stop = false;
  while (!clocks.all_have_ended()) {
    const std::size_t done = comm.wait_any(ops);
    const int worker = static_cast<int>(done % n);
    if (done >= n) {  // an answer has left: its buffer is free for the next push
      if (!clocks.has_ended(worker)) ops[done - n] = held.post(comm, worker);
      continue;
    }
    const Push push = held.arrive(worker, clocks.clock(worker));
    clocks.end_step(worker, push.is_last);

    const std::vector<int> released = clocks.release();
    if (released.empty()) continue;
    held.apply_what_arrived(comm);
    // Once low enough is for good: a worker that was answered before must hear it too.
    if (job.workload.stop.loss) stop = stop || is_low_enough(job, held.loss());
    for (const int next : released) ops[n + static_cast<std::size_t>(next)] = held.answer(comm, next, stop);
  }
  comm.wait_all(ops);
  recorder.finish(range.begin, held.parameters(), /*owns=*/true);
}

void run(Comm& comm, const Job& job, Recorder& recorder) {
  run_roles(
      comm, job, [&](Comm& stack) { work(stack, job, recorder); },
      [&](Comm& stack, int server) { serve(stack, job, recorder, server); });
}

}  // namespace

Strategy ps_async_strategy() {
  return {.name = "ps-async",
          .doc = "parameter server: workers never wait for each other, or only within a staleness bound (SSP)",
          .options = {"servers", "placement", "staleness"},
          .synchronous = false,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic};
}

}  // namespace tandem
