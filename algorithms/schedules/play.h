// Plays a schedule by its times alone, without ranks: when each slot begins and ends if stages do their slots in order,
// as soon as what these need is there. What the pipeline does in a world can be held against it.
#pragma once

#include <string>
#include <vector>

#include "algorithms/schedules/schedule.h"

namespace tandem {

/// Seconds of one micro-batch on one chunk. A backward pass that is not split takes both of its parts.
struct SlotTimes {
  double forward_s = 1, backward_input_s = 1, backward_weight_s = 1;
  double hop_s = 0;  ///< from a stage to another; it keeps nobody from computing
};

struct TimedSlot {
  Slot slot;
  double start_s = 0, end_s = 0;
};

struct Playback {
  std::vector<std::vector<TimedSlot>> stages;
  /// The longest time from a stage's first slot to the end of its last. In a long run a step takes that: a stage that
  /// has ended its step begins the next.
  double span_s = 0;
  double makespan_s = 0;  ///< from the first slot of any stage to the end of the last
  double work_s = 0;      ///< what one stage computes; what its span has beyond this is the bubble
  double bubble_s() const { return span_s - work_s; }
};

/// Throws std::logic_error where the slots wait for each other in a circle. Requires that refusal_of has none.
Playback play(const Schedule& schedule, int stages, int chunks, int microbatches, const SlotTimes& times);

/// A row per stage, a slot's name (F, B, W and the micro-batch's last digit; lower case in later chunks) over as many
/// columns as it lasts units of `unit_s`.
std::string picture_of(const Playback& playback, double unit_s);

}  // namespace tandem
