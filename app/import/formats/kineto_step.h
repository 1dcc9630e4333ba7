// What a trace says of one training step: layers with their forward and backward time, buckets, communication.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/import/formats/kineto_trace.h"

namespace tandem::formats {

struct MeasuredLayer {
  std::string name;
  double forward_us = 0, backward_us = 0;
  double parameters = 0;
  bool is_weighted = false;     ///< it has trainable values, whether or not the trace says how many
  double last_backward_us = 0;  ///< when the last of its backward operators began
};

struct MeasuredStep {
  std::size_t steps = 0;    ///< how many are averaged
  std::size_t skipped = 0;  ///< steps with another number of layers
  bool has_step_marks = false;
  bool on_device = false;  ///< times are those of kernels; else of operators on the processor
  double length_us = 0;
  std::vector<MeasuredLayer> layers;  ///< input side first
  double other_us = 0;                ///< the optimizer's and whatever else belongs to no layer
  std::vector<double> bucket_bytes;   ///< the step's all-reduces', in their order; empty where sizes are not recorded
  bool shapes_were_recorded = false;
  std::map<std::string, std::size_t> collectives;  ///< operations of the whole trace, by name
  double communication_us = 0;                     ///< per step, overlapped or not
  double computing_us = 0;                         ///< per step, in which a kernel that is no communication ran
  double exposed_us = 0;                           ///< its part in which nothing else ran on the device
};

/// Throws ScenarioError where no training step can be told.
MeasuredStep measured_step(const KinetoTrace& trace, const InputFile& input);

}  // namespace tandem::formats
