#include "algorithms/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"

namespace tandem {
namespace {

std::size_t global_batch_of(const BatchSpec& batch, int workers) {
  if ((batch.global == 0) == (batch.per_worker == 0)) {
    throw UsageError("batch: give one of global (strong scaling) and per_worker (weak scaling), at least 1");
  }
  return batch.global != 0 ? batch.global : batch.per_worker * static_cast<std::size_t>(workers);
}

std::size_t steps_of(const StopSpec& stop, std::size_t steps_per_epoch) {
  if ((stop.steps == 0) == (stop.epochs == 0)) throw UsageError("stop: give one of steps and epochs, more than 0");
  if (stop.steps != 0) return stop.steps;
  if (!(stop.epochs > 0) || !std::isfinite(stop.epochs)) {
    throw UsageError(fmt::format("stop: epochs is {}; it must be a number above 0", stop.epochs));
  }
  // 0.29 epochs of 100 steps are 29 steps, although the product is 28.999999999999996.
  constexpr double kRoundingSlack = 1e-9;
  const double steps = stop.epochs * static_cast<double>(steps_per_epoch);
  constexpr double kMost = 1e15;
  if (steps > kMost) throw UsageError(fmt::format("stop: {} epochs are more than {} steps", stop.epochs, kMost));
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(steps * (1 + kRoundingSlack))));
}

void check_profile(const WorkloadSpec& workload) {
  if (workload.stop.epochs != 0) throw UsageError("stop: a profile model has no data and so no epochs; give steps");
  if (workload.stop.loss) throw UsageError("stop: a profile model computes no loss to stop at; give steps alone");
}

}  // namespace

Buffer initial_buffer(const Comm& comm, const Job& job, Range parameters) {
  Buffer buffer = comm.make_buffer(parameters.size());
  if (buffer.slice().is_phantom() || job.initial_parameters.empty()) return buffer;
  std::copy_n(job.initial_parameters.data() + parameters.begin, parameters.size(), buffer.slice().f32());
  return buffer;
}

std::vector<Range> parts_of(const Job& job, int parts) {
  const bool is_it = job.cut.parts.size() == static_cast<std::size_t>(parts) && job.cut.costs == layer_costs(job.model);
  return is_it ? job.cut.parts : stages_by_cost(job.model, parts);
}

Job make_job(const WorkloadSpec& workload, const Choice& strategy, int workers, std::uint64_t seed, const Dataset* data,
             int ranks_per_node, const std::vector<double>& speeds) {
  if (workers < 1) throw UsageError(fmt::format("workers: {} is too few; at least 1 is needed", workers));
  const bool is_profile = workload.model.kind == ModelKind::profile;
  if (is_profile) check_profile(workload);

  const Dataset* used_data = is_profile ? nullptr : data;
  Model model = make_model(workload.model, workload.loss, used_data);
  if (workload.costs) charge_as(model, *workload.costs);
  const std::size_t global_batch = global_batch_of(workload.batch, workers);
  const std::size_t rows = is_profile ? global_batch : used_data->train.count;
  if (global_batch > rows) {
    const std::string how =
        workload.batch.global != 0 ? "" : fmt::format(" ({} workers with {} each)", workers, workload.batch.per_worker);
    throw UsageError(fmt::format("batch: {} rows{} are more than the {} training rows", global_batch, how, rows));
  }
  const std::size_t steps = steps_of(workload.stop, rows / global_batch);
  if (workload.untimed_steps >= steps) {
    throw UsageError(fmt::format("untimed_steps: {} of {} steps are left out, so none would be timed",
                                 workload.untimed_steps, steps));
  }
  std::vector<float> parameters = initial_parameters(model, seed);
  return {.workload = workload,
          .strategy = strategy,
          .workers = workers,
          .seed = seed,
          .data = used_data,
          .model = std::move(model),
          .initial_parameters = std::move(parameters),
          .batches = Batches(rows, global_batch, steps, !is_profile && workload.data.shuffle, seed, workload.partition,
                             workers, speeds),
          .steps = steps,
          .ranks_per_node = ranks_per_node,
          .cut = {}};
}

}  // namespace tandem
