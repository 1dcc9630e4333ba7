#include "app/store/target.h"

#include <algorithm>
#include <map>

namespace tandem {
namespace {

/// The latest step of every worker.
class Latest {
 public:
  explicit Latest(const std::vector<StepResult>& rows) {
    for (const StepResult& row : rows) {
      if (row.worker >= 0) steps_[row.worker] = {};
    }
  }
  void add(const StepResult& row) { steps_[row.worker] = {static_cast<double>(row.samples), row.train_loss}; }

  /// NaN until every worker has ended a step.
  double mean_loss() const {
    double sum = 0, samples = 0;
    for (const auto& [worker, step] : steps_) {
      sum += step.samples * step.loss;
      samples += step.samples;
    }
    return sum / samples;
  }

 private:
  struct Step {
    double samples = 0, loss = kNotMeasured;
  };
  std::map<int, Step> steps_;
};

}  // namespace

std::optional<double> target_value(const WorkloadSpec& workload, const TargetKind& kind) {
  const std::optional<double>& stated = workload.target.*kind.value;
  return stated || kind.y != "train_loss" ? stated : workload.stop.loss;
}

double step_value(const StepResult& row, std::string_view y) {
  if (y == "validation_loss") return row.validation_loss;
  if (y == "validation_accuracy") return row.validation_accuracy;
  return row.train_loss;
}

namespace {

/// When it was reached, and after which share of the steps.
struct Reached {
  double time_s = kNotMeasured, share = kNotMeasured;
};

Reached reached(const RunResult& run, std::string_view y, double target) {
  std::vector<StepResult> rows = run.step_rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StepResult& a, const StepResult& b) { return a.time_s < b.time_s; });
  Latest latest(rows);
  const auto is_step = [](const StepResult& row) { return row.samples > 0; };
  const auto steps = static_cast<double>(std::count_if(rows.begin(), rows.end(), is_step));
  double done = 0;
  for (const StepResult& row : rows) {
    done += is_step(row) ? 1 : 0;
    const bool is_one_workers = row.worker >= 0 && y == "train_loss";
    if (is_one_workers) latest.add(row);
    const double value = is_one_workers ? latest.mean_loss() : step_value(row, y);
    if (y == "validation_accuracy" ? value >= target : value <= target) return {row.time_s, done / steps};
  }
  return {};
}

}  // namespace

double time_to_target_s(const RunResult& run, std::string_view y, double target) {
  return reached(run, y, target).time_s;
}

void add_times_to_targets(RunResult& result, const WorkloadSpec& workload) {
  for (const TargetKind& kind : kTargetKinds) {
    if (const auto target = target_value(workload, kind))
      result.*kind.time_s = time_to_target_s(result, kind.y, *target);
  }
  if (const auto target = target_value(workload, kTargetKinds.front()))
    result.bytes_to_loss = reached(result, "train_loss", *target).share * static_cast<double>(result.bytes_sent);
}

}  // namespace tandem
