#include "algorithms/strategies/streaming_stage.h"

#include <algorithm>
#include <span>

namespace tandem {
namespace {

// Messages of a pair and tag arrive in the order sent, and every stage goes through its micro-batches in one order.
constexpr int kActivation = 0, kGradient = 1;

}  // namespace

Range streaming_layers(const Job& job, int rank) { return parts_of(job, job.workers)[static_cast<std::size_t>(rank)]; }

StreamingStage::StreamingStage(Comm& comm, const Job& job, Training& training)
    : comm_(comm),
      job_(job),
      microbatches_(static_cast<std::size_t>(job.strategy.get<PipeDreamOptions>().microbatches)),
      ahead_(static_cast<std::size_t>(job.workers - comm.rank())),
      is_stashed_(job.strategy.get<PipeDreamOptions>().weights == Weights::stashed),
      replica_(comm, job, streaming_layers(job, comm.rank())),
      optimizer_(comm, job.workload.optimizer, replica_.parameters().count, job.steps),
      updates_of_(ahead_ + 1),
      ops_(kDirections * (ahead_ + 1)),
      guard_(comm, ops_) {
  const std::size_t offset = replica_.parameter_range().begin, count = replica_.parameters().count;
  const std::size_t most = (job.batches.global_batch() + microbatches_ - 1) / microbatches_;
  for (std::size_t i = 0; i < ahead_ + 1; ++i) passes_.push_back(replica_.make_pass(most));
  training.state().add_parameters(offset, replica_.parameters(), Copy::owned);
  optimizer_.describe(training.state(), offset, Copy::owned);
  for (std::size_t i = 0; i < (is_stashed_ ? ahead_ : 1); ++i) {
    old_weights_.push_back(comm.make_buffer(count));
    training.state().add({"stashed weights", offset, old_weights_.back(), Copy::version});
  }
  expect(0);
}

void StreamingStage::wait(Direction direction, std::size_t k) {
  if (op(direction, k)) comm_.wait(op(direction, k));
}

double StreamingStage::step(std::size_t step, Training& training) {
  loss_ = 0;
  replica_.begin_step();
  const std::size_t end = (step + 1) * microbatches_, all = job_.steps * microbatches_;
  for (std::size_t k = step * microbatches_; k < end; ++k) {
    while (forwards_ < std::min(all, k + ahead_)) forward(forwards_++);
    backward(k);
  }
  const std::size_t age = updates_ - updates_of_[slot(end - 1)];
  training.update(comm_, step, comm_.rank(), static_cast<std::int64_t>(age));
  if (!is_stashed_) keep_weights(old_weights_.front());
  optimizer_.update(comm_, replica_.parameters(), replica_.gradients(), step);
  ++updates_;
  return loss_;
}

void StreamingStage::expect(std::size_t k) {
  const auto rows = job_.batches.global(k / microbatches_);
  const Range part = even_part(rows.size(), microbatches_, k % microbatches_);
  Pass& pass = passes_[slot(k)];
  replica_.load(pass, std::span(rows).subspan(part.begin, part.size()));
  pass.name_microbatch(static_cast<int>(k), 0);
  if (!replica_.has_first_layer()) op(kActivationIn, k) = comm_.irecv(comm_.rank() - 1, kActivation, pass.input());
}

void StreamingStage::forward(std::size_t k) {
  Pass& pass = passes_[slot(k)];
  wait(kActivationIn, k);
  wait(kActivationOut, k);  // the micro-batch that had its place has left
  const bool is_old = !is_stashed_ && updates_ > 0 && updates_ == k / microbatches_;
  if (is_stashed_) keep_weights(old_weights_[k % ahead_]);
  updates_of_[slot(k)] = updates_ - (is_old ? 1 : 0);
  if (is_old) replica_.exchange_parameters(old_weights_.front());
  replica_.forward(comm_, pass);
  if (is_old) replica_.exchange_parameters(old_weights_.front());
  if (!replica_.has_last_layer()) {
    op(kActivationOut, k) = comm_.isend(comm_.rank() + 1, kActivation, pass.output());
    op(kGradientIn, k) = comm_.irecv(comm_.rank() + 1, kGradient, pass.output_gradient());
  }
  if (k + 1 < job_.steps * microbatches_) expect(k + 1);
}

void StreamingStage::backward(std::size_t k) {
  Pass& pass = passes_[slot(k)];
  if (replica_.has_last_layer()) loss_ += replica_.loss(comm_, pass);
  wait(kGradientIn, k);
  wait(kGradientOut, k);
  const bool is_old = is_stashed_ || updates_ > 0;
  Buffer& weights = old_weights_[is_stashed_ ? k % ahead_ : 0];
  if (is_old) replica_.exchange_parameters(weights);
  replica_.backward(comm_, pass);
  if (is_old) replica_.exchange_parameters(weights);
  if (!replica_.has_first_layer())
    op(kGradientOut, k) = comm_.isend(comm_.rank() - 1, kGradient, pass.input_gradient());
}

void StreamingStage::keep_weights(Buffer& into) {
  const Slice now = replica_.parameters();
  comm_.compute({.memory_bytes = 2.0 * static_cast<double>(now.bytes()), .name = "stash"}, [&] {
    if (!now.is_phantom()) std::copy_n(now.f32(), now.count, into.slice().f32());
  });
}

}  // namespace tandem
