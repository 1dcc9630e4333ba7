#include "algorithms/strategies/stage.h"

#include <algorithm>
#include <bit>
#include <span>

namespace tandem {
namespace {

const PipelineOptions& options_of(const Job& job) { return job.strategy.get<PipelineOptions>(); }

}  // namespace

Stage::Stage(Comm& comm, Comm& shards, const Job& job, std::size_t samples)
    : comm_(comm),
      microbatches_(static_cast<std::size_t>(options_of(job).microbatches)),
      ops_(kDirections * static_cast<std::size_t>(options_of(job).chunks_of_stage()) * microbatches_),
      guard_(comm, ops_) {
  std::vector<std::size_t> parts;
  for (std::size_t m = 0; m < microbatches(); ++m) parts.push_back(even_part(samples, microbatches(), m).size());
  for (const Chunk& chunk : chunks_of(job, comm.size(), comm.rank())) {
    const int number = static_cast<int>(held_.size());
    has_last_layer_ = has_last_layer_ || chunk.layers.end == job.model.layers.size();
    held_.push_back({chunk, make_stage_part(shards, job, chunk, number, parts), std::vector<Meta>(microbatches())});
  }
}

// Each message of a step has a tag of its own between its two ranks, so that a schedule is free in its order. A border
// between two parts of the model goes by the chunk before it.
int Stage::activation_tag(std::size_t c, std::size_t m, Border border) const {
  const int chunk = border == kAfter ? static_cast<int>(c) : held_[c].chunk.number_before;
  return 2 * (static_cast<int>(m * chunks()) + chunk);
}

int Stage::gradient_tag(std::size_t c, std::size_t m, Border border) const { return activation_tag(c, m, border) + 1; }

void Stage::begin_step(const std::vector<std::uint32_t>& rows) {
  loss_ = 0;
  for (Held& held : held_) held.part->begin_step();
  for (std::size_t m = 0; m < microbatches(); ++m) {
    const Range part = even_part(rows.size(), microbatches(), m);
    for (std::size_t c = 0; c < chunks(); ++c) {
      Held& held = held_[c];
      held.part->load(m, std::span(rows).subspan(part.begin, part.size()));
      if (held.chunk.before >= 0) {
        op(kActivationIn, c, m) = comm_.irecv(held.chunk.before, activation_tag(c, m, kBefore), held.part->input(m));
      }
      if (held.chunk.after >= 0) {
        op(kGradientIn, c, m) =
            comm_.irecv(held.chunk.after, gradient_tag(c, m, kAfter), held.part->output_gradient(m), &held.losses[m]);
      }
    }
  }
}

void Stage::play(const Slot& slot) {
  const auto c = static_cast<std::size_t>(slot.chunk), m = static_cast<std::size_t>(slot.microbatch);
  if (slot.work == SlotWork::forward) return forward(c, m);
  const bool needs_gradient = slot.work != SlotWork::backward_weight;
  if (needs_gradient) take_gradient(c, m);
  held_[c].part->backward(m, slot.work);
  if (needs_gradient) send_gradient(c, m);
}

void Stage::forward(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  if (held.chunk.before >= 0) comm_.wait(op(kActivationIn, c, m));
  held.part->forward(m);
  if (held.chunk.after >= 0) {
    op(kActivationOut, c, m) = comm_.isend(held.chunk.after, activation_tag(c, m, kAfter), held.part->output(m));
  }
}

void Stage::take_gradient(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  held.part->begin_backward(m);
  if (held.chunk.after < 0) {
    loss_ += held.part->loss(m);
  } else {
    comm_.wait(op(kGradientIn, c, m));
    // Each gradient carries the loss of the micro-batches so far: the largest is that of the last one to come back.
    loss_ = std::max(loss_, std::bit_cast<double>(held.losses[m].words[0]));
  }
}

void Stage::send_gradient(std::size_t c, std::size_t m) {
  Held& held = held_[c];
  held.part->end_backward(m);
  if (held.chunk.before >= 0) {
    const Meta loss_so_far{{std::bit_cast<std::int64_t>(loss_)}};
    op(kGradientOut, c, m) =
        comm_.isend(held.chunk.before, gradient_tag(c, m, kBefore), held.part->input_gradient(m), loss_so_far);
  }
}

double Stage::end_step() {
  comm_.wait_all(ops_);
  return loss_;
}

}  // namespace tandem
