#include "algorithms/training.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace tandem {
namespace {

Snapshot copy_of(Slice parameters, std::size_t offset) {
  return {.offset = offset, .values = {parameters.f32(), parameters.f32() + parameters.count}};
}

template <class Row>
void append(std::vector<Row>& into, std::vector<Row>&& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void Training::each_step(Comm& comm, std::size_t steps, const std::function<StepEnd(std::size_t)>& body,
                         const std::function<bool(std::size_t, const StepEnd&)>& ends) {
  constexpr Range kAll{0, std::numeric_limits<std::size_t>::max()};
  for (std::size_t step = 0; step < steps; ++step) {
    comm.begin_step();
    const StepEnd end = body(step);
    steps_.push_back({step, comm.now() - start_s_, end.loss, end.samples});
    snapshot_if_due(comm, step + 1, kAll);
    if (ends(step, end)) break;
  }
  finish();
}

void Training::update(Comm& comm, std::size_t step, int worker, std::int64_t staleness) {
  updates_.push_back({step, comm.now() - start_s_, worker, staleness});
}

void Training::snapshot_if_due(Comm& comm, std::size_t steps_done, Range range) {
  if (evaluate_every_ == 0 || steps_done % evaluate_every_ != 0) return;
  for (const Piece& piece : state_.pieces()) {
    const bool is_inside = range.begin <= piece.offset && piece.offset < range.end;
    if (piece.name != kParameters || piece.copy != Copy::owned || !is_inside || piece.values.is_phantom()) continue;
    Snapshot snapshot = copy_of(piece.values, piece.offset);
    snapshot.step = steps_done;
    snapshot.time_s = comm.now() - start_s_;
    snapshots_.push_back(std::move(snapshot));
  }
}

void Training::finish() {
  for (const Piece& piece : state_.pieces()) {
    if (piece.name != kParameters || piece.copy == Copy::version || piece.values.is_phantom()) continue;
    (piece.copy == Copy::owned ? owned_ : replicas_).push_back(copy_of(piece.values, piece.offset));
  }
}

Training Training::beside() const {
  Training second(evaluate_every_);
  second.start_s_ = start_s_;
  return second;
}

void Training::absorb(Training&& other) {
  append(steps_, std::move(other.steps_));
  append(updates_, std::move(other.updates_));
  append(snapshots_, std::move(other.snapshots_));
  append(owned_, std::move(other.owned_));
  append(replicas_, std::move(other.replicas_));
}

}  // namespace tandem
