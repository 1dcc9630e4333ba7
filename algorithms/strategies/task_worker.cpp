#include "algorithms/strategies/task_worker.h"

#include <algorithm>
#include <span>

#include "algorithms/strategies/local_gradient.h"
#include "core/config/options.h"

namespace tandem {

OptionTable task_options() {
  return option_table<TaskOptions>(
      Mapping<TaskOptions>().key("tasks", &TaskOptions::tasks, whole<int>(between(1, 1e6)),
                                 "parts that a batch is cut into, each of which one worker computes"),
      +[](const TaskOptions& options) { return fmt::format("T={}", options.tasks); });
}

std::size_t tasks_of(const Job& job) { return static_cast<std::size_t>(job.strategy.get<TaskOptions>().tasks); }

std::optional<std::string> task_refusal(const Job& job) {
  if (job.workload.partition != Partitioning::range) {
    return fmt::format("{} deals out tasks itself, so there is nothing to partition", job.strategy.name);
  }
  if (tasks_of(job) <= job.batches.global_batch()) return std::nullopt;
  return fmt::format("{} tasks are more than the {} samples of a batch", tasks_of(job), job.batches.global_batch());
}

TaskWorker::TaskWorker(const Comm& comm, const Job& job)
    : job_(job),
      replica_(comm, job, all_layers(job.model)),
      pass_(replica_.make_pass((job.batches.global_batch() + tasks_of(job) - 1) / tasks_of(job))),
      rows_(job.batches.global(0)) {}

Range TaskWorker::range_of(std::size_t task) const {
  return even_part(job_.batches.global_batch(), tasks_of(job_), task);
}

std::size_t TaskWorker::samples(std::size_t task) const { return range_of(task).size(); }

void TaskWorker::clear(Comm& comm) {
  const Slice gradients = replica_.gradients();
  comm.compute({.memory_bytes = static_cast<double>(gradients.bytes())},
               [&] { std::fill_n(gradients.f32(), gradients.count, 0.0F); });
}

double TaskWorker::compute(Comm& comm, std::size_t step, std::size_t task) {
  if (step != step_) rows_ = job_.batches.global(step), step_ = step;
  const Range range = range_of(task);
  replica_.load(pass_, std::span(rows_).subspan(range.begin, range.size()));
  pass_.name_microbatch(static_cast<int>(task), 0);
  replica_.forward(comm, pass_);
  const double loss = replica_.loss(comm, pass_);
  replica_.backward(comm, pass_);
  return loss;
}

}  // namespace tandem
