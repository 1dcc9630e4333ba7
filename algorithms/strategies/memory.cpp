#include "algorithms/strategies/memory.h"

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {

Memory memory_of_parameters(const Job& job, double parameters) {
  const ParameterBytes& bytes = job.model.bytes_per_parameter;
  const double moments = kBytesPerValue * moments_of(job.workload.optimizer);
  return {.parameters = bytes.parameter * parameters,
          .gradients = bytes.gradient * parameters,
          .optimizer = bytes.optimizer.value_or(moments) * parameters};
}

double activations_of(const Model& model, Range layers, double samples) {
  double bytes = 0;
  for (std::size_t layer = layers.begin; layer < layers.end; ++layer) bytes += model.layers[layer].kept.sum();
  return bytes * samples;
}

Memory worker_memory(const Job& job, int worker, double copies) {
  const auto parameters = static_cast<double>(job.model.parameters);
  const std::size_t samples = largest_part(job, worker);
  Memory memory = memory_of_parameters(job, parameters);
  memory.activations = activations_of(job.model, all_layers(job.model), static_cast<double>(samples));
  memory.room = kBytesPerValue * copies * parameters;
  return memory;
}

}  // namespace tandem
