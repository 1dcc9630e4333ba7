// Asynchronous parameter server: a server answers each worker without waiting for the others, so a slow worker delays
// only itself, and gradients are computed from parameters that are some updates old (Dean et al., "Large scale
// distributed deep networks", NIPS 2012). With `staleness: s` it is stale-synchronous (Ho et al., "More effective
// distributed ML via a stale synchronous parallel parameter server", NIPS 2013): a worker that has ended c steps begins
// another only when the slowest has ended at least c - s. s = 0 is the synchronous parameter server, to the bit.
//
//   cost: n workers saturate a server's link when 2 n N beta exceeds a worker's compute; then a round of n updates takes
//   n N beta when pushes and pulls overlap, and up to twice that when equal workers move in lockstep
//   messages: one push and one pull a worker, server and step
//
// A server applies what it has received just before it next answers: gradients that arrived since, summed in rank
// order, as one update. Nobody can see a difference to applying each on arrival, except an optimizer with momentum,
// which takes the group as the one step that it is.
#include "algorithms/strategies/ps_async.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/parameter_server.h"
#include "algorithms/strategies/worker_clocks.h"
#include "algorithms/training/optimizer.h"

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

struct Server {
  const Job& job;
  Range range;
  Buffer parameters;
  Optimizer optimizer;
  PushBox pushes;
  WorkerClocks clocks;
  std::vector<int> arrived;     // workers whose gradients are not yet in the parameters
  std::vector<double> loss_of;  // each worker's latest share
  std::int64_t version = 0;     // pushes applied
};

void apply_what_arrived(Comm& comm, Server& server, Recorder& recorder) {
  if (server.arrived.empty()) return;
  std::sort(server.arrived.begin(), server.arrived.end());
  const Slice sum = server.pushes.gradient(server.arrived.front());
  for (const int worker : server.arrived) {
    if (worker != server.arrived.front()) accumulate(comm, sum, server.pushes.gradient(worker));
    recorder.update(comm, server.clocks.clock(worker) - 1, worker, server.version - server.pushes.push(worker).version);
  }
  // A round is as many updates as there are workers: what a synchronous server calls a step.
  const auto workers = static_cast<std::size_t>(server.job.workers);
  const std::size_t rounds_before = static_cast<std::size_t>(server.version) / workers;
  server.optimizer.update(comm, server.parameters, sum, rounds_before);
  server.version += static_cast<std::int64_t>(server.arrived.size());
  server.arrived.clear();
  const std::size_t rounds = static_cast<std::size_t>(server.version) / workers;
  if (rounds > rounds_before) recorder.snapshot_if_due(comm, rounds, server.range.begin, server.parameters);
}

// The answer is a copy, in the buffer that the worker's push came in: the next update need not wait for a slow
// receiver.
Op answer(Comm& comm, Server& server, int worker, bool stop) {
  const Slice copy = server.pushes.gradient(worker), parameters = server.parameters;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(copy.bytes())},
               [&] { std::copy_n(parameters.data, parameters.count, copy.data); });
  return comm.isend(worker, kPull, copy, to_meta(Pull{.version = server.version, .stop = stop}));
}

void serve(Comm& comm, const Job& job, Recorder& recorder, int number) {
  const Range range = shard(job, number);
  const auto n = static_cast<std::size_t>(job.workers);
  Server server{.job = job,
                .range = range,
                .parameters = initial_shard(comm, job, range),
                .optimizer = Optimizer(comm, job.workload.optimizer, range.size(), job.steps),
                .pushes = PushBox(comm, job, range),
                .clocks = WorkerClocks(job.workers, job.strategy.staleness),
                .loss_of = std::vector<double>(n, std::numeric_limits<double>::infinity())};

  std::vector<Op> ops(2 * n);  // the push of each worker, then the answer to each
  const CancelGuard guard(comm, ops);
  for (int worker = 0; worker < job.workers; ++worker) {
    ops[static_cast<std::size_t>(worker)] = server.pushes.post(comm, worker);
  }
  bool stop = false;
  while (!server.clocks.all_have_ended()) {
    const std::size_t done = comm.wait_any(ops);
    const int worker = static_cast<int>(done % n);
    if (done >= n) {  // an answer has left: its buffer is free for the next push
      if (!server.clocks.has_ended(worker)) ops[done - n] = server.pushes.post(comm, worker);
      continue;
    }
    const Push push = server.pushes.push(worker);
    server.clocks.end_step(worker, push.is_last);
    server.arrived.push_back(worker);
    server.loss_of[done] = push.loss;

    const std::vector<int> released = server.clocks.release();
    if (released.empty()) continue;
    apply_what_arrived(comm, server, recorder);
    // Once low enough is for good: a worker that was answered before must hear it too.
    stop = stop || is_low_enough(job, std::accumulate(server.loss_of.begin(), server.loss_of.end(), 0.0));
    for (const int next : released) ops[n + static_cast<std::size_t>(next)] = answer(comm, server, next, stop);
  }
  comm.wait_all(ops);
  recorder.finish(range.begin, server.parameters, /*owns=*/true);
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
