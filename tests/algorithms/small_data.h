// Small made-up data and workloads.
#pragma once

#include <random>

#include "algorithms/job.h"

namespace tandem {

/// Normal features; targets are class numbers, or values when `classes` is 0.
inline Dataset small_data(std::size_t rows, std::size_t width, std::size_t classes, std::uint64_t seed = 7) {
  std::mt19937_64 stream(seed);
  std::normal_distribution<double> normal;
  Dataset data{.width = width, .classes = classes};
  data.train.count = rows;
  std::vector<float> features;
  for (std::size_t i = 0; i < rows * width; ++i) features.push_back(static_cast<float>(normal(stream)));
  data.train.features = RowFeatures(std::move(features));
  for (std::size_t i = 0; i < rows; ++i) {
    data.train.targets.push_back(classes == 0 ? static_cast<float>(normal(stream))
                                              : static_cast<float>(stream() % classes));
  }
  return data;
}

inline WorkloadSpec small_workload(ModelKind kind, std::vector<std::size_t> hidden, Activation activation, Loss loss,
                                   std::size_t global_batch) {
  WorkloadSpec workload;
  workload.model = {.kind = kind, .hidden = std::move(hidden), .activation = activation};
  workload.data = {.source = DataSource::csv, .shuffle = false};
  workload.loss = loss;
  workload.batch.global = global_batch;
  workload.stop.steps = 10;
  return workload;
}

}  // namespace tandem
