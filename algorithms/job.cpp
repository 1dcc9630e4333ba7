#include "algorithms/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/workload_error.h"
#include "core/counted.h"

namespace tandem {
namespace {

std::size_t global_batch_of(const BatchSpec& batch, int workers) {
  if ((batch.global == 0) == (batch.per_worker == 0)) {
    throw UsageError("batch: give one of global (strong scaling) and per_worker (weak scaling), at least 1");
  }
  return batch.global != 0 ? batch.global : batch.per_worker * static_cast<std::size_t>(workers);
}

[[noreturn]] void refuse_batch(const BatchSpec& batch, int workers, std::size_t rows) {
  if (batch.global != 0) {
    throw WorkloadError("batch.global", fmt::format("is {}, more than the {} training rows", batch.global, rows),
                        fmt::format("1 to {}", rows));
  }
  const std::size_t most = rows / static_cast<std::size_t>(workers);
  throw WorkloadError(
      "batch.per_worker",
      fmt::format("is {}: with {}, the batch is {} rows, more than the {} training rows", batch.per_worker,
                  counted(workers, "worker"), global_batch_of(batch, workers), rows),
      most > 0 ? fmt::format("1 to {}", most) : fmt::format("no more than {}", counted(rows, "worker")));
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
  if (steps > kMost) throw WorkloadError("stop.epochs", fmt::format("is {}: more than {} steps", stop.epochs, kMost));
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(steps * (1 + kRoundingSlack))));
}

void check_profile(const WorkloadSpec& workload) {
  if (workload.stop.epochs != 0)
    throw WorkloadError("stop.epochs", "is given: a profile model has no data and so no epochs; give steps");
  if (workload.stop.loss)
    throw WorkloadError("stop.loss", "is given: a profile model computes no loss to stop at; give steps alone");
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
  if (global_batch > rows) refuse_batch(workload.batch, workers, rows);
  const std::size_t steps = steps_of(workload.stop, rows / global_batch);
  if (workload.untimed_steps >= steps) {
    throw WorkloadError(
        "untimed_steps",
        fmt::format("is {}, and training has {}: none would be timed", workload.untimed_steps, counted(steps, "step")),
        fmt::format("0 to {}", steps - 1));
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
