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

void State::add_number(std::string name, std::size_t offset, std::int64_t& number) {
  const Slice bytes(reinterpret_cast<std::byte*>(&number), sizeof(number), Element::byte);
  add({std::move(name), offset, bytes, Copy::version, /*is_number=*/true});
}

void Training::each_step(Comm& comm, std::size_t steps, const std::function<StepEnd(std::size_t)>& body,
                         const std::function<bool(std::size_t, const StepEnd&)>& ends,
                         const std::function<std::size_t(std::size_t)>& own_steps) {
  constexpr Range kAll{0, std::numeric_limits<std::size_t>::max()};
  std::size_t done = begin(comm);  // the run's, not this rank's
  for (std::size_t step = own_steps ? own_steps(done) : done; done < steps; ++step) {
    comm.begin_step();
    if (keeper_) keeper_->step_begins(comm, step);
    const StepEnd end = body(step);
    records_.steps.push_back({done, comm.now() - start_s_, end.loss, end.samples});
    done = end.steps_done.value_or(step + 1);
    snapshot_if_due(comm, done, kAll);
    // Servers that do not know a last step from another keep a checkpoint after it, and workers take part in it.
    if (ends(step, end) && done < steps) break;
    checkpoint_if_due(comm, done);
  }
  finish();
}

void Training::checkpoint_if_due(Comm& comm, std::size_t steps_done) {
  if (checkpoint_is_due(steps_done)) keeper_->save(comm, *this, steps_done);
}

void Training::update(Comm& comm, std::size_t step, int worker, std::int64_t staleness) {
  records_.updates.push_back({step, comm.now() - start_s_, worker, staleness});
}

void Training::snapshot_if_due(Comm& comm, std::size_t steps_done, Range range) {
  if (evaluate_every_ == 0 || steps_done % evaluate_every_ != 0) return;
  for (const Piece& piece : state_.pieces()) {
    const bool is_inside = range.begin <= piece.offset && piece.offset < range.end;
    if (piece.name != kParameters || piece.copy != Copy::owned || !is_inside || piece.values.is_phantom()) continue;
    Snapshot snapshot = copy_of(piece.values, piece.offset);
    snapshot.step = steps_done;
    snapshot.time_s = comm.now() - start_s_;
    records_.snapshots.push_back(std::move(snapshot));
  }
}

void Training::finish() {
  if (keeper_) keeper_->finish();
  for (const Piece& piece : state_.pieces()) {
    if (piece.name != kParameters || piece.copy == Copy::version || piece.values.is_phantom()) continue;
    (piece.copy == Copy::owned ? owned_ : replicas_).push_back(copy_of(piece.values, piece.offset));
  }
}

Training Training::beside() const {
  Training second(evaluate_every_, keeper_ ? keeper_->beside() : nullptr);
  second.start_s_ = start_s_;
  return second;
}

void Training::absorb(Training&& other) {
  append(records_.steps, std::move(other.records_.steps));
  append(records_.updates, std::move(other.records_.updates));
  append(records_.snapshots, std::move(other.records_.snapshots));
  append(owned_, std::move(other.owned_));
  append(replicas_, std::move(other.replicas_));
}

}  // namespace tandem
