#include "algorithms/strategies/stage.h"

#include <algorithm>
#include <bit>
#include <span>

namespace tandem {
namespace {

// Each message of a step has a tag of its own, so that a schedule is free in its order.
int activation_tag(std::size_t m) { return 2 * static_cast<int>(m); }
int gradient_tag(std::size_t m) { return 2 * static_cast<int>(m) + 1; }

}  // namespace

Range stage_layers(const Job& job, int rank) {
  return stages_by_cost(job.model, job.workers)[static_cast<std::size_t>(rank)];
}

Stage::Stage(Comm& comm, const Job& job)
    : comm_(comm),
      previous_(comm.rank() - 1),
      next_(comm.rank() + 1),
      replica_(comm, job, stage_layers(job, comm.rank())),
      recompute_(job.strategy.get<PipelineOptions>().recompute),
      losses_(static_cast<std::size_t>(job.strategy.get<PipelineOptions>().microbatches)),
      ops_(kDirections * losses_.size()),
      guard_(comm, ops_) {
  std::size_t most = 0;
  for (std::size_t m = 0; m < losses_.size(); ++m) {
    const std::size_t samples = even_part(job.batches.global_batch(), losses_.size(), m).size();
    passes_.push_back(replica_.make_pass(samples, recomputes(m) ? Inner::lent : Inner::own));
    if (recomputes(m)) most = std::max(most, samples);
  }
  if (most > 0) lent_ = replica_.make_pass(most);
}

bool Stage::recomputes(std::size_t m) const {
  return recompute_ == Recompute::all || (recompute_ == Recompute::except_last && m + 1 < losses_.size());
}

void Stage::begin_step(const std::vector<std::uint32_t>& rows) {
  replica_.begin_step();
  loss_ = 0;
  for (std::size_t m = 0; m < microbatches(); ++m) {
    const Range part = even_part(rows.size(), microbatches(), m);
    Pass& pass = passes_[m];
    replica_.load(pass, std::span(rows).subspan(part.begin, part.size()));
    if (!replica_.has_first_layer()) op(kActivationIn, m) = comm_.irecv(previous_, activation_tag(m), pass.input());
    if (!replica_.has_last_layer()) {
      op(kGradientIn, m) = comm_.irecv(next_, gradient_tag(m), pass.output_gradient(), &losses_[m]);
    }
  }
}

void Stage::play(const Slot& slot) {
  const auto m = static_cast<std::size_t>(slot.microbatch);
  if (slot.work == SlotWork::forward) return forward(m);
  if (slot.work == SlotWork::backward) return backward(m);
  broken_invariant("this stage does not split its backward pass");
}

void Stage::forward(std::size_t m) {
  if (!replica_.has_first_layer()) comm_.wait(op(kActivationIn, m));
  if (recomputes(m)) passes_[m].exchange_inner(*lent_);
  replica_.forward(comm_, passes_[m]);
  if (recomputes(m)) passes_[m].exchange_inner(*lent_);
  if (!replica_.has_last_layer()) op(kActivationOut, m) = comm_.isend(next_, activation_tag(m), passes_[m].output());
}

void Stage::backward(std::size_t m) {
  if (recomputes(m)) {
    passes_[m].exchange_inner(*lent_);
    // What it sent may still be on its way.
    passes_[m].exchange_output(*lent_);
    replica_.forward(comm_, passes_[m]);
  }
  if (replica_.has_last_layer()) {
    loss_ += replica_.loss(comm_, passes_[m]);
  } else {
    comm_.wait(op(kGradientIn, m));
    // Each gradient carries the loss of the micro-batches so far: the largest is that of the last one to come back.
    loss_ = std::max(loss_, std::bit_cast<double>(losses_[m].words[0]));
  }
  replica_.backward(comm_, passes_[m]);
  if (recomputes(m)) {
    passes_[m].exchange_output(*lent_);
    passes_[m].exchange_inner(*lent_);
  }
  if (!replica_.has_first_layer()) {
    const Meta loss_so_far{{std::bit_cast<std::int64_t>(loss_)}};
    op(kGradientOut, m) = comm_.isend(previous_, gradient_tag(m), passes_[m].input_gradient(), loss_so_far);
  }
}

double Stage::end_step() {
  comm_.wait_all(ops_);
  return loss_;
}

}  // namespace tandem
