#include "algorithms/exchanges/answers.h"

#include <algorithm>

namespace tandem::parameter_server {

Answers::Answers(const Comm& comm, const Job& job, const Shard& shard) : tag_(shard.tag + 1) {
  if (codec_choice(job) == nullptr) return;
  for (int worker = 0; worker < job.workers; ++worker) {
    changes_.emplace_back(comm, job, shard.range, /*sender=*/static_cast<std::uint64_t>(job.workers + worker));
  }
}

Op Answers::send(Comm& comm, PushBox& pushes, int worker, std::size_t step, Slice parameters, const Pull& pull) {
  const Slice answer = pushes.message(worker, step);
  if (changes_.empty()) {
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(answer.bytes())},
                 [&] { std::copy_n(parameters.f32(), parameters.count, answer.f32()); });
  } else {
    changes_[static_cast<std::size_t>(worker)].write(comm, step, parameters, answer);
  }
  return comm.isend(worker, tag_, answer, to_meta(pull));
}

void Answers::describe(State& state) {
  for (CodedChanges& changes : changes_) changes.describe(state);
}

}  // namespace tandem::parameter_server
