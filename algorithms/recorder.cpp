#include "algorithms/recorder.h"

namespace tandem {
namespace {

Snapshot copy_of(Slice parameters, std::size_t offset) {
  return {.offset = offset, .values = {parameters.f32(), parameters.f32() + parameters.count}};
}

}  // namespace

void Recorder::step(Comm& comm, std::size_t step, double loss, std::size_t samples) {
  steps_.push_back({step, comm.now() - start_s_, loss, samples});
}

void Recorder::update(Comm& comm, std::size_t step, int worker, std::int64_t staleness) {
  updates_.push_back({step, comm.now() - start_s_, worker, staleness});
}

void Recorder::snapshot_if_due(Comm& comm, std::size_t steps_done, std::size_t offset, Slice parameters) {
  if (evaluate_every_ == 0 || steps_done % evaluate_every_ != 0 || parameters.is_phantom()) return;
  Snapshot snapshot = copy_of(parameters, offset);
  snapshot.step = steps_done;
  snapshot.time_s = comm.now() - start_s_;
  snapshots_.push_back(std::move(snapshot));
}

void Recorder::finish(std::size_t offset, Slice parameters, bool owns) {
  if (parameters.is_phantom()) return;
  (owns ? owned_ : replicas_).push_back(copy_of(parameters, offset));
}

}  // namespace tandem
