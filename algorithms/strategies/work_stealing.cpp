// Work stealing among peers (Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing", JACM
// 1999): each batch is cut into tasks, dealt out evenly. A worker computes its own from the front. When it has none
// left it asks all others; whoever has tasks that are not begun, then or later, gives half of them, from the back.
// Nobody is in charge. A question says how many tasks the asker has begun: when these are all, a collective sums the
// gradients.
//
//   cost of a step, W flops in T tasks on hosts of speeds s_i: at most W / sum(s_i) + a task of the slowest host, when
//   messages take no time, + the collective's cost for the model's bytes
//   messages, of 0 bytes: n-1 per worker whenever it has no task left, one per gift, and 2 for each task and worker
//   between a worker and its second stack, which keeps the tasks
//
// Who computed what, and with it the order of the sums, depends on the world's clock.
#include <numeric>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/task_keeper.h"
#include "algorithms/strategies/task_worker.h"

namespace tandem::strategies {
namespace {

/// Computes tasks until there are none left anywhere. The gradients are then this worker's part of their sum.
StepEnd compute_tasks(Comm& comm, const Job& job, TaskWorker& worker, std::size_t step) {
  const std::size_t all = tasks_of(job);
  const Range own = even_part(all, static_cast<std::size_t>(comm.size()), static_cast<std::size_t>(comm.rank()));
  CommTask keeper = comm.spawn("tasks", [=](Comm& second) { TaskKeeper(second, all, own).serve(); });
  worker.begin();
  StepEnd end;
  while (const std::optional<std::size_t> task = TaskKeeper::next_task(comm)) {
    end.loss += worker.compute(comm, step, *task);
    end.samples += worker.samples(*task);
  }
  keeper.join();
  if (end.samples == 0) worker.clear(comm);
  return end;
}

void run(Comm& comm, const Job& job, Training& training) {
  TaskWorker worker(comm, job);
  std::vector<int> everyone(static_cast<std::size_t>(comm.size()));
  std::iota(everyone.begin(), everyone.end(), 0);
  Comm sums = comm.group(everyone, 1);  // whose messages are no questions
  Optimizer optimizer(comm, job.workload.optimizer, job.model.parameters, job.steps);
  const Slice parameters = worker.replica().parameters(), gradients = worker.replica().gradients();
  const Copy copy = comm.rank() == 0 ? Copy::owned : Copy::replica;
  training.state().add_parameters(0, parameters, copy);
  optimizer.describe(training.state(), 0, copy);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const StepEnd end = compute_tasks(comm, job, worker, step);
        collective_of(job).all_reduce.run(sums, gradients);
        optimizer.update(comm, parameters, gradients, step);
        return end;
      },
      [](std::size_t, const StepEnd&) { return false; });
}

std::optional<std::string> refusal(const Job& job) {
  if (job.workload.stop.loss) return "work-stealing sums no losses, so stop.loss has no meaning; give steps or epochs";
  return task_refusal(job);
}

}  // namespace

Strategy work_stealing() {
  return {.name = "work-stealing",
          .doc = "workers who have computed their tasks take half of another's, and a collective sums the gradients",
          .paper = "Blumofe and Leiserson 1999",
          .options = {collective_option(), task_options()},
          .facts = [](const Choice&) { return Facts{.same_bits = false}; },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers}; },
          .refusal = refusal,
          .run = run,
          .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(); }};
}

}  // namespace tandem::strategies
