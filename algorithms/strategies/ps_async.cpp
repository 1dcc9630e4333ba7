// Asynchronous parameter server: a server answers each worker without waiting for the others, so a slow worker delays
// only itself, and gradients are computed from parameters that are some updates old (Dean et al., "Large scale
// distributed deep networks", NIPS 2012). With `staleness: s` it is stale-synchronous (Ho et al., "More effective
// distributed ML via a stale synchronous parallel parameter server", NIPS 2013): a worker that has ended c steps begins
// another only when the slowest has ended at least c - s. s = 0 is the synchronous parameter server, to the bit.
//
//   cost: n workers saturate a server's link when n N beta exceeds a worker's compute; then updates come every N beta
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

// One server's view of a worker.
struct Worker {
  std::size_t clock = 0;      // steps ended
  bool is_waiting = false;    // has pushed and was not yet answered
  bool is_unapplied = false;  // its gradient is received and not yet in the parameters
  bool has_ended = false;
};

struct Server {
  const Job& job;
  Range range;
  Buffer parameters;
  Optimizer optimizer;
  PushBox pushes;
  std::vector<Worker> workers;
  std::vector<double> loss_of;  // each worker's latest share
  std::int64_t version = 0;     // pushes applied
};

std::vector<int> those_who_may_go_on(const Server& server) {
  std::size_t slowest = server.job.steps;
  for (const Worker& worker : server.workers) {
    if (!worker.has_ended) slowest = std::min(slowest, worker.clock);
  }
  const std::size_t bound =
      server.job.strategy.staleness ? static_cast<std::size_t>(*server.job.strategy.staleness) : server.job.steps;
  std::vector<int> released;
  for (std::size_t w = 0; w < server.workers.size(); ++w) {
    if (server.workers[w].is_waiting && server.workers[w].clock <= slowest + bound)
      released.push_back(static_cast<int>(w));
  }
  return released;
}

void apply_what_arrived(Comm& comm, Server& server, Recorder& recorder) {
  const std::size_t workers = server.workers.size();
  const std::size_t rounds_before = static_cast<std::size_t>(server.version) / workers;
  Slice sum;
  std::int64_t applied = 0;
  for (std::size_t w = 0; w < workers; ++w) {
    if (!server.workers[w].is_unapplied) continue;
    const int worker = static_cast<int>(w);
    if (applied++ == 0) {
      sum = server.pushes.gradient(worker);
    } else {
      accumulate(comm, sum, server.pushes.gradient(worker));
    }
    recorder.update(comm, server.workers[w].clock - 1, worker, server.version - server.pushes.push(worker).version);
    server.workers[w].is_unapplied = false;
  }
  if (applied == 0) return;
  server.optimizer.update(comm, server.parameters, sum, rounds_before);
  server.version += applied;
  const std::size_t rounds = static_cast<std::size_t>(server.version) / workers;
  if (rounds > rounds_before) recorder.snapshot_if_due(comm, rounds, server.range.begin, server.parameters);
}

// The answer is a copy, in the buffer that the worker's push came in: the next update need not wait for a slow
// receiver.
Op answer(Comm& comm, Server& server, int worker, bool stop) {
  server.workers[static_cast<std::size_t>(worker)].is_waiting = false;
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
                .workers = std::vector<Worker>(n),
                .loss_of = std::vector<double>(n, std::numeric_limits<double>::infinity())};

  std::vector<Op> ops(2 * n);  // the push of each worker, then the answer to each
  for (std::size_t w = 0; w < n; ++w) ops[w] = server.pushes.post(comm, static_cast<int>(w));

  for (std::size_t ended = 0; ended < n;) {
    const std::size_t done = comm.wait_any(ops);
    if (done >= n) {  // an answer has left: its buffer is free for the next push
      if (!server.workers[done - n].has_ended) ops[done - n] = server.pushes.post(comm, static_cast<int>(done - n));
      continue;
    }
    Worker& worker = server.workers[done];
    const Push push = server.pushes.push(static_cast<int>(done));
    worker = {.clock = worker.clock + 1, .is_waiting = true, .is_unapplied = true, .has_ended = push.is_last};
    server.loss_of[done] = push.loss;
    if (push.is_last) ++ended;

    const std::vector<int> released = those_who_may_go_on(server);
    if (released.empty()) continue;
    apply_what_arrived(comm, server, recorder);
    const bool stop = is_low_enough(job, std::accumulate(server.loss_of.begin(), server.loss_of.end(), 0.0));
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
