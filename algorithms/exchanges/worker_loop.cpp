#include "algorithms/exchanges/worker_loop.h"

#include <span>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/buckets.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {
namespace {

// Whatever ends the handing over of gradients, no peer may write to the replica afterwards.
class WithdrawGuard {
 public:
  WithdrawGuard(Exchange& exchange, Comm& stack) : exchange_(exchange), stack_(stack) {}
  ~WithdrawGuard() { exchange_.withdraw(stack_); }
  WithdrawGuard(const WithdrawGuard&) = delete;
  WithdrawGuard& operator=(const WithdrawGuard&) = delete;

 private:
  Exchange& exchange_;
  Comm& stack_;
};

class WorkerLoop {
 public:
  WorkerLoop(Comm& comm, const Job& job, const ExchangeRow& row)
      : comm_(comm),
        job_(job),
        scale_(row.scale),
        options_(job.strategy.get<LoopOptions>()),
        parts_(static_cast<std::size_t>(options_.accumulate)),
        buckets_(plan_buckets(job.model, options_)),
        replica_(comm, job, all_layers(job.model)),
        pass_(replica_.make_pass((largest_part(job, comm.rank()) + parts_ - 1) / parts_)),
        exchange_(row.make({comm, job, replica_})) {}

  void describe(State& state, Copy copy) {
    state.add_parameters(0, replica_.parameters(), copy);
    exchange_->describe(state);
  }

  StepEnd step(std::size_t number) {
    Step step{.number = number};
    const std::size_t samples = exchange_->takes_part(number) ? compute(step) : 0;
    ends_ = exchange_->end_step(comm_, step);
    return {.loss = step.loss, .samples = samples, .steps_done = exchange_->steps_done(step)};
  }
  std::size_t own_steps(std::size_t done) const { return exchange_->own_steps(done); }

  bool ends(double loss_share) { return ends_ ? *ends_ : all_are_low_enough(loss_share); }

 private:
  // The gradients of this worker's part of the batch, handed over. Returns how many samples that are.
  std::size_t compute(Step& step) {
    const std::vector<std::uint32_t> rows = job_.batches.part(step.number, comm_.rank());
    const std::size_t mean_over = scale_ == GradientScale::own ? rows.size() : job_.batches.global_batch();
    replica_.begin_step();
    for (std::size_t part = 0; part < parts_; ++part) {
      const Range range = even_part(rows.size(), parts_, part);
      replica_.load(pass_, std::span(rows).subspan(range.begin, range.size()));
      for (std::size_t layer = 0; layer < job_.model.layers.size(); ++layer) {
        exchange_->before_layer(comm_, layer);
        replica_.forward(comm_, pass_, layer);
      }
      step.loss += replica_.loss(comm_, pass_, mean_over);
      const bool is_last = part + 1 == parts_;
      if (is_last && options_.overlap) {
        backward_beside_hand_over(step);
      } else {
        backward({0, job_.model.layers.size()});
        if (is_last) hand_over(comm_, step, [](const Range&) {});
      }
    }
    return rows.size();
  }

  void backward(Range layers) {
    for (std::size_t layer = layers.end; layer-- > layers.begin;) {
      exchange_->before_backward(comm_, layer);
      replica_.backward(comm_, pass_, layer);
    }
  }

  template <class Await>
  void hand_over(Comm& stack, const Step& step, Await await) {
    const WithdrawGuard guard(*exchange_, stack);
    for (const Range& bucket : buckets_) {
      await(bucket);
      exchange_->gradients_ready(stack, step, bucket);
    }
    exchange_->gradients_done(stack);
  }

  // The second stack takes the buckets in order, each when it hears that the bucket's gradients are complete.
  void backward_beside_hand_over(const Step& step) {
    constexpr int kBucketReady = 1;
    CommTask exchanger = comm_.spawn("exchanger", [&](Comm& second) {
      hand_over(second, step, [&](const Range&) { second.await_notification(kBucketReady); });
    });
    std::vector<Op> ready;
    for (const Range& bucket : buckets_) {
      backward(bucket);
      ready.push_back(comm_.notify(kBucketReady));
    }
    exchanger.join();
    comm_.wait_all(ready);
  }

  bool all_are_low_enough(double loss_share) {
    if (!job_.workload.stop.loss) return false;
    const Buffer loss = comm_.make_buffer(1);
    const bool has_value = !loss.slice().is_phantom();
    if (has_value) *loss.slice().f32() = static_cast<float>(loss_share);
    collective_for_losses(job_).all_reduce.run(comm_, loss);
    return has_value && is_low_enough(job_, *loss.slice().f32());
  }

  Comm& comm_;
  const Job& job_;
  GradientScale scale_;
  const LoopOptions& options_;
  std::size_t parts_;
  std::vector<Range> buckets_;
  Replica replica_;
  Pass pass_;
  std::unique_ptr<Exchange> exchange_;
  std::optional<bool> ends_;  // what the exchange said of the last step
};

}  // namespace

void train_worker(Comm& comm, const Job& job, Training& training, const ExchangeRow& row) {
  WorkerLoop loop(comm, job, row);
  const bool owns = !row.serve && !row.describes_model && comm.rank() == 0;
  loop.describe(training.state(), owns ? Copy::owned : row.worker_copies);
  const auto step = [&](std::size_t number) { return loop.step(number); };
  training.each_step(
      comm, job.steps, step, [&](std::size_t, const StepEnd& end) { return loop.ends(end.loss); },
      [&](std::size_t done) { return loop.own_steps(done); });
}

const Collective& collective_for_losses(const Job& job) {
  const CollectiveOption* option = job.strategy.find<CollectiveOption>();
  return collective_named(option != nullptr ? option->name : "ring");
}

}  // namespace tandem
