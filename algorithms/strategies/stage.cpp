#include "algorithms/strategies/stage.h"

#include <algorithm>
#include <bit>
#include <span>

namespace tandem {
namespace {

const PipelineOptions& options_of(const Job& job) { return job.strategy.get<PipelineOptions>(); }

}  // namespace

Stage::Stage(Comm& comm, const Job& job, std::size_t samples)
    : comm_(comm),
      microbatches_(static_cast<std::size_t>(options_of(job).microbatches)),
      recompute_(options_of(job).recompute),
      ops_(kDirections * static_cast<std::size_t>(options_of(job).chunks_of_stage()) * microbatches_),
      guard_(comm, ops_) {
  for (const Chunk& chunk : chunks_of(job, comm.size(), comm.rank())) {
    Held& held = held_.emplace_back(comm, job, chunk);
    held.losses.resize(microbatches());
    std::size_t most = 0;
    for (std::size_t m = 0; m < microbatches(); ++m) {
      const std::size_t part = even_part(samples, microbatches(), m).size();
      held.passes.push_back(held.replica.make_pass(part, recomputes(m) ? Inner::shared : Inner::own));
      held.passes.back().name_microbatch(static_cast<int>(m), static_cast<int>(held_.size()) - 1);
      if (recomputes(m)) most = std::max(most, part);
    }
    if (most > 0) held.shared_inner = held.replica.make_pass(most);
  }
}

bool Stage::recomputes(std::size_t m) const { return tandem::recomputes(recompute_, m, microbatches()); }

// Each message of a step has a tag of its own between its two ranks, so that a schedule is free in its order. A border
// between two parts of the model goes by the chunk before it.
int Stage::activation_tag(std::size_t c, std::size_t m, Border border) const {
  const int chunk = border == kAfter ? static_cast<int>(c) : held_[c].chunk.number_before;
  return 2 * (static_cast<int>(m * chunks()) + chunk);
}

int Stage::gradient_tag(std::size_t c, std::size_t m, Border border) const { return activation_tag(c, m, border) + 1; }

bool Stage::has_last_layer() const {
  return std::any_of(held_.begin(), held_.end(), [](const Held& held) { return held.replica.has_last_layer(); });
}

void Stage::begin_step(const std::vector<std::uint32_t>& rows) {
  loss_ = 0;
  for (Held& held : held_) held.replica.begin_step();
  for (std::size_t m = 0; m < microbatches(); ++m) {
    const Range part = even_part(rows.size(), microbatches(), m);
    for (std::size_t c = 0; c < chunks(); ++c) {
      Held& held = held_[c];
      Pass& pass = held.passes[m];
      held.replica.load(pass, std::span(rows).subspan(part.begin, part.size()));
      if (held.chunk.before >= 0) {
        op(kActivationIn, c, m) = comm_.irecv(held.chunk.before, activation_tag(c, m, kBefore), pass.input());
      }
      if (held.chunk.after >= 0) {
        op(kGradientIn, c, m) =
            comm_.irecv(held.chunk.after, gradient_tag(c, m, kAfter), pass.output_gradient(), &held.losses[m]);
      }
    }
  }
}

void Stage::play(const Slot& slot) {
  const auto c = static_cast<std::size_t>(slot.chunk), m = static_cast<std::size_t>(slot.microbatch);
  switch (slot.work) {
    case SlotWork::forward:
      return forward(c, m);
    case SlotWork::backward:
      take_gradient(c, m);
      held_[c].replica.backward(comm_, held_[c].passes[m]);
      return send_gradient(c, m);
    case SlotWork::backward_input:
      take_gradient(c, m);
      held_[c].replica.backward_input(comm_, held_[c].passes[m]);
      return send_gradient(c, m);
    case SlotWork::backward_weight:
      return held_[c].replica.backward_weight(comm_, held_[c].passes[m]);
  }
}

void Stage::forward(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  Pass& pass = held.passes[m];
  if (held.chunk.before >= 0) comm_.wait(op(kActivationIn, c, m));
  if (recomputes(m)) pass.exchange_inner(*held.shared_inner);
  held.replica.forward(comm_, pass);
  if (recomputes(m)) pass.exchange_inner(*held.shared_inner);
  if (held.chunk.after >= 0) {
    op(kActivationOut, c, m) = comm_.isend(held.chunk.after, activation_tag(c, m, kAfter), pass.output());
  }
}

void Stage::take_gradient(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  Pass& pass = held.passes[m];
  if (recomputes(m)) {
    pass.exchange_inner(*held.shared_inner);
    // What it sent may still be on its way.
    pass.exchange_output(*held.shared_inner);
    held.replica.forward(comm_, pass);
  }
  if (held.chunk.after < 0) {
    loss_ += held.replica.loss(comm_, pass);
  } else {
    comm_.wait(op(kGradientIn, c, m));
    // Each gradient carries the loss of the micro-batches so far: the largest is that of the last one to come back.
    loss_ = std::max(loss_, std::bit_cast<double>(held.losses[m].words[0]));
  }
}

void Stage::send_gradient(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  Pass& pass = held.passes[m];
  if (recomputes(m)) {
    pass.exchange_output(*held.shared_inner);
    pass.exchange_inner(*held.shared_inner);
  }
  if (held.chunk.before >= 0) {
    const Meta loss_so_far{{std::bit_cast<std::int64_t>(loss_)}};
    op(kGradientOut, c, m) =
        comm_.isend(held.chunk.before, gradient_tag(c, m, kBefore), pass.input_gradient(), loss_so_far);
  }
}

double Stage::end_step() {
  comm_.wait_all(ops_);
  return loss_;
}

}  // namespace tandem
