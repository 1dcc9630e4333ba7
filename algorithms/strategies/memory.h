// The bytes per rank that training needs, by formula, where nothing is kept for longer than the strategy needs it. The
// testbed's own processes keep more: whole replicas, and room for every micro-batch.
#pragma once

#include <cstddef>

#include "algorithms/job.h"

namespace tandem {

struct Memory {
  double parameters = 0, gradients = 0, optimizer = 0;
  double activations = 0;  ///< that wait for their backward pass, where there are most of them
  double room = 0;         ///< further copies of parameters, and what is gathered or recomputed at one time
  double coding = 0;       ///< a codec's messages, what they have left out, and what others were told

  double state() const { return parameters + gradients + optimizer; }
  double total() const { return state() + activations + room + coding; }
};

/// So many parameters with all that belongs to them.
Memory memory_of_parameters(const Job& job, double parameters);
/// What these layers keep of so many samples.
double activations_of(const Model& model, Range layers, double samples);

/// A data-parallel worker: a whole model, and as much again of its parameters `copies` times, in float32.
Memory worker_memory(const Job& job, int worker, double copies = 0);

}  // namespace tandem
