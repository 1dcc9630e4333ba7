#include "algorithms/exchanges/shard_coding.h"

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
  take_changes(comm, job_, coding_, step, pulled_, parameters, room);
}

void ShardCoding::describe(State& state) {
  if (coding_) coding_->describe(state);
}

}  // namespace tandem::parameter_server
