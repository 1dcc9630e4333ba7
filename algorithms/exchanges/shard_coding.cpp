#include "algorithms/exchanges/shard_coding.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"

namespace tandem::parameter_server {

ShardCoding::ShardCoding(const Worker& worker, Range parameters) : job_(worker.job) {
  if (codec_choice(job_) == nullptr) return;
  coding_.emplace(worker.comm, job_, parameters, static_cast<std::uint64_t>(worker.comm.rank()));
  pushed_ = worker.comm.make_buffer(coding_->form().count(), coding_->form().element);
  pulled_ = worker.comm.make_buffer(coding_->form().count(), coding_->form().element);
}

Slice ShardCoding::push(Comm& comm, std::size_t step, Slice gradient) {
  if (!is_coded(job_, step)) return gradient;
  coding_->encode(comm, step, gradient, pushed_);
  return pushed_;
}

Slice ShardCoding::pull(std::size_t step, Slice parameters) {
  return is_coded(job_, step) ? pulled_.slice() : parameters;
}

void ShardCoding::take_in(Comm& comm, std::size_t step, Slice parameters, Slice room) {
  if (!is_coded(job_, step)) return;
  coding_->decode(comm, step, pulled_, room);
  accumulate(comm, parameters, room);
}

void ShardCoding::describe(State& state) {
  if (coding_) coding_->describe(state);
}

PullCoding::PullCoding(const Comm& comm, const Job& job, Range parameters, int sender)
    : job_(job),
      coding_(comm, job, parameters, static_cast<std::uint64_t>(sender), Feedback::none),
      known_(initial_buffer(comm, job, parameters)) {}

void PullCoding::write(Comm& comm, std::size_t step, Slice parameters, Slice message) {
  const Slice known = known_;
  if (!is_coded(job_, step)) {
    comm.compute({.memory_bytes = 3.0 * static_cast<double>(parameters.bytes())}, [&] {
      std::copy_n(parameters.f32(), parameters.count, message.f32());
      std::copy_n(parameters.f32(), parameters.count, known.f32());
    });
    return;
  }
  const Slice moved = comm.scratch(parameters.count);
  comm.compute(work_of_sum(parameters.bytes()), [&] {
    for (std::size_t i = 0; i < moved.count; ++i) moved.f32()[i] = parameters.f32()[i] - known.f32()[i];
  });
  coding_.encode(comm, step, moved, message);
  coding_.decode(comm, step, message, moved);
  accumulate(comm, known, moved);
}

void PullCoding::describe(State& state) { coding_.describe(state); }

}  // namespace tandem::parameter_server
