#include "algorithms/exchanges/coded_average.h"

#include <algorithm>

namespace tandem {

CodedAverage::CodedAverage(const Comm& comm, const Job& job, Range parameters, Common common)
    : job_(job),
      range_(parameters),
      sum_(comm, job, parameters),
      is_kept_(common == Common::kept || codec_choice(job) != nullptr) {
  if (is_kept_) common_ = initial_buffer(comm, job, parameters);
}

void CodedAverage::run(Comm& comm, std::size_t step, Slice values, const std::function<void(Slice)>& then) {
  const Slice common = common_;
  const bool moves = is_coded(job_, step);
  if (moves) {
    comm.compute(work_of_sum(values.bytes()), [&] {
      float* moved = values.f32();
      for (std::size_t i = 0; i < values.count; ++i) moved[i] -= common.f32()[i];
    });
  }
  sum_.run(comm, step, values);
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes())}, [&] {
    float* mean = values.f32();
    for (std::size_t i = 0; i < values.count; ++i) mean[i] /= static_cast<float>(job_.workers);
  });
  if (moves) accumulate(comm, values, common);
  if (then) then(common);
  if (!is_kept_) return;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes())},
               [&] { std::copy_n(values.f32(), values.count, common.f32()); });
}

void CodedAverage::describe(State& state) {
  sum_.describe(state);
  if (is_kept_) state.add({"common parameters", range_.begin, common_, Copy::replica});
}

}  // namespace tandem
