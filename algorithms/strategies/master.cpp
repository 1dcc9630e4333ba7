#include "algorithms/strategies/master.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/task_worker.h"
#include "core/config/options.h"

namespace tandem::master {

OptionTable master_options() {
  return option_table<MasterOptions>(
      Mapping<MasterOptions>().key("reassign", &MasterOptions::reassign, flag(),
                                   "tasks that a worker still holds are dealt out again when no others are left"),
      +[](const MasterOptions& options) { return std::string(options.reassign ? "" : "kept"); });
}

Meta to_meta(const Dealt& dealt) { return {{static_cast<std::int64_t>(dealt.step), dealt.task}}; }
Dealt dealt_from(const Meta& meta) { return {static_cast<std::size_t>(meta.words[0]), meta.words[1]}; }
Meta to_meta(const Done& done) {
  return {{static_cast<std::int64_t>(done.step), done.task, std::bit_cast<std::int64_t>(done.loss)}};
}
Done done_from(const Meta& meta) {
  return {static_cast<std::size_t>(meta.words[0]), meta.words[1], std::bit_cast<double>(meta.words[2])};
}

Master::Master(Comm& comm, const Job& job, Training& training)
    : comm_(comm),
      job_(job),
      parameters_(initial_buffer(comm, job, {0, job.model.parameters})),
      sum_(comm.make_buffer(job.model.parameters)),
      optimizer_(comm, job.workload.optimizer, job.model.parameters, job.steps),
      workers_(static_cast<std::size_t>(job.workers)),
      ops_(workers_.size() * kOperations),
      guard_(comm, ops_) {
  for (Worker& worker : workers_) worker.room = comm.make_buffer(job.model.parameters);
  training.state().add_parameters(0, parameters_, Copy::owned);
  optimizer_.describe(training.state(), 0, Copy::owned);
}

StepEnd Master::step(std::size_t number) {
  step_ = number, dealt_ = 0, added_ = 0, done_ = 0, loss_ = 0;
  tasks_ = std::vector<Task>(tasks_of(job_));
  const Slice sum = sum_;
  comm_.compute({.memory_bytes = static_cast<double>(sum.bytes())}, [&] { std::fill_n(sum.f32(), sum.count, 0.0F); });
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) deal(worker);
  while (done_ < tasks_.size()) {
    const std::size_t worker = await_push();
    take(worker);
    if (done_ < tasks_.size()) deal(worker);
  }
  optimizer_.update(comm_, parameters_, sum_, number);
  return {.loss = loss_, .samples = job_.batches.global_batch()};
}

// A worker that holds a task, of this step or of one before, gets none.
void Master::deal(std::size_t worker) {
  Worker& its = workers_[worker];
  if (its.holds >= 0) return;
  const std::int64_t task = next_task();
  if (task < 0) return;
  its.holds = task;
  ++tasks_[static_cast<std::size_t>(task)].holders;
  for (const int which : {kDeal, kParameters}) {
    if (op(worker, which)) comm_.wait(op(worker, which));
  }
  op(worker, kDeal) = comm_.isend(static_cast<int>(worker), kDealTag, {}, to_meta(Dealt{step_, task}));
  if (its.knows == step_ + 1) {
    op(worker, kPush) = comm_.irecv(static_cast<int>(worker), kPushTag, its.room, &its.push);
    return;
  }
  // A copy: the next update need not wait for a slow receiver.
  its.knows = step_ + 1;
  const Slice parameters = parameters_, copy = its.room;
  comm_.compute({.memory_bytes = 2.0 * static_cast<double>(copy.bytes())},
                [&] { std::copy_n(parameters.f32(), parameters.count, copy.f32()); });
  op(worker, kParameters) = comm_.isend(static_cast<int>(worker), kParametersTag, copy);
}

std::int64_t Master::next_task() {
  if (dealt_ < tasks_.size()) return static_cast<std::int64_t>(dealt_++);
  if (!job_.strategy.get<MasterOptions>().reassign) return -1;
  for (std::size_t task = 0; task < tasks_.size(); ++task) {
    if (!tasks_[task].is_done && tasks_[task].holders == 1) return static_cast<std::int64_t>(task);
  }
  return -1;
}

// The next push that has come, of whichever step. When parameters have left, their room takes the push.
std::size_t Master::await_push() {
  for (;;) {
    const std::size_t done = comm_.wait_any(ops_), worker = done / kOperations;
    if (done % kOperations == kPush) return worker;
    if (done % kOperations == kParameters) {
      op(worker, kPush) =
          comm_.irecv(static_cast<int>(worker), kPushTag, workers_[worker].room, &workers_[worker].push);
    }
  }
}

void Master::take(std::size_t worker) {
  Worker& its = workers_[worker];
  its.holds = -1;
  const Done done = done_from(its.push);
  const auto number = static_cast<std::size_t>(done.task);
  if (done.step != step_ || tasks_[number].is_done) return;
  tasks_[number].is_done = true;
  ++done_;
  loss_ += done.loss;
  add_in_order(number, its.room);
}

void Master::add_in_order(std::size_t task, Buffer& gradient) {
  if (task != added_) {
    tasks_[task].early = std::exchange(gradient, comm_.make_buffer(job_.model.parameters));
    return;
  }
  accumulate(comm_, sum_, gradient);
  for (++added_; added_ < tasks_.size() && tasks_[added_].is_done; ++added_) {
    accumulate(comm_, sum_, tasks_[added_].early);
    tasks_[added_].early = Buffer();
  }
}

void Master::end() {
  const auto holds = [](const Worker& worker) { return worker.holds >= 0; };
  while (std::any_of(workers_.begin(), workers_.end(), holds)) workers_[await_push()].holds = -1;
  comm_.wait_all(ops_);
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
    comm_.send(static_cast<int>(worker), kDealTag, {}, to_meta(Dealt{}));
  }
}

}  // namespace tandem::master
