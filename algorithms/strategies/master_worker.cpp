// A master that deals out work on request (self-scheduling; Tang and Yew, "Processor self-scheduling for
// multiple-nested parallel loops", ICPP 1986): each batch is cut into tasks; a worker computes the gradient of one,
// pushes it, and gets the next. Fast workers come more often. With `reassign` a worker for whom no task is left takes
// over one that another still holds, the longest held first; whichever is pushed first counts (backup tasks; Dean and
// Ghemawat, "MapReduce", OSDI 2004). So nobody waits for a slow worker, whose late push is dropped; and at the end of a
// step some compute in vain what another was about to push.
//
//   cost of a step, W flops in T tasks on hosts of speeds s_i: at most W / sum(s_i) + the longest task; and T N beta at
//   the master, which gets a gradient for each task
//   messages: a task and a push for each, dropped or not, and N bytes of parameters per worker and step
//
// The master adds gradients up in the order of their tasks, so that the bits are the same whoever computed what.
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/master.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/task_worker.h"

namespace tandem::strategies {
namespace {

using namespace master;

void work(Comm& comm, const Job& job, Training& training) {
  const int master = job.workers;
  TaskWorker tasks(comm, job);
  training.state().add_parameters(0, tasks.replica().parameters(), Copy::version);
  training.begin(comm);
  std::optional<std::size_t> step;  // whose parameters this worker has
  for (;;) {
    const Dealt dealt = dealt_from(comm.recv(master, kDealTag, {}));
    if (dealt.task < 0) break;
    if (step != dealt.step) {
      step = dealt.step;
      comm.begin_step();
      comm.recv(master, kParametersTag, tasks.replica().parameters());
    }
    tasks.begin();
    const double loss = tasks.compute(comm, *step, static_cast<std::size_t>(dealt.task));
    comm.send(master, kPushTag, tasks.replica().gradients(),
              to_meta({.step = *step, .task = dealt.task, .loss = loss}));
  }
  training.finish();
}

void run(Comm& comm, const Job& job, Training& training) {
  if (comm.rank() < job.workers) return work(comm, job, training);
  Master master(comm, job, training);
  bool stops = false;
  for (std::size_t step = training.begin(comm); step < job.steps && !stops; ++step) {
    const StepEnd end = master.step(step);
    training.records().steps.push_back({step, comm.now() - training.start_s(), end.loss, end.samples});
    training.snapshot_if_due(comm, step + 1, {0, job.model.parameters + 1});
    stops = is_low_enough(job, end.loss);
  }
  master.end();
  training.finish();
}

}  // namespace

Strategy master_worker() {
  return {.name = "master-worker",
          .doc = "a master deals tasks out on request, and takes them from those who are slow",
          .paper = "Tang and Yew 1986; Dean and Ghemawat 2004 (reassignment)",
          .options = {task_options(), master_options()},
          // A worker for whom there is no task in a step gets no parameters of it either.
          .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .replicas_agree = false}; },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers + 1, .servers = 1}; },
          .refusal = task_refusal,
          .run = run,
          .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(); }};
}

}  // namespace tandem::strategies
