// A schedule is the order in which a pipeline's stage goes through its micro-batches: a pure function that returns a
// list of slots. It sends nothing and asks for no time, so it can be printed, drawn and tested without ranks (play.h).
// One schedule is one file that defines a function, named after the file, which returns its row.
//
// The model is cut into stages x chunks parts, numbered from the input side. A stage holds `chunks` of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"

namespace tandem {

/// What a stage does with one micro-batch in one slot. Backward is either one slot or two: the gradient of the input,
/// which the stage before waits for, and the gradient of the weights, which can come later.
enum class SlotWork { forward, backward, backward_input, backward_weight };

struct Slot {
  SlotWork work = SlotWork::forward;
  int microbatch = 0;
  int chunk = 0;  ///< which of the stage's parts of the model, where it holds several

  bool operator==(const Slot&) const = default;
};

/// Parts of the model that lie `stages` apart: chunk c of a stage comes after chunk c - 1 of the last stage.
inline int part_of_round(int stage, int stages, int chunk) { return chunk * stages + stage; }

struct Schedule {
  std::string_view name;
  std::string_view doc;
  std::string_view paper;
  int least_chunks = 1, most_chunks = 1;  ///< parts of the model that a stage holds; the least unless told otherwise
  /// Which part of the model a stage's chunk is.
  int (*part)(int stage, int stages, int chunk) = part_of_round;
  /// What stage `stage` of `stages` does, in order. Every micro-batch of every chunk goes forward once and back once.
  std::vector<Slot> (*slots)(int stage, int stages, int chunks, int microbatches);
  /// Why it has no order for these numbers, for people; absent: it has one for all.
  std::optional<std::string> (*refusal)(int stages, int chunks, int microbatches) = nullptr;
};

Registry<Schedule>& all_schedules();

/// Why this schedule has no order for these numbers, for people.
std::optional<std::string> refusal_of(const Schedule& schedule, int stages, int chunks, int microbatches);

/// The most micro-batches whose activations a stage holds at a time, of all its chunks together: one of v chunks has a
/// v-th of a stage's activations.
int most_in_flight(const std::vector<Slot>& slots);
/// Whether some slot is a part of a backward pass.
bool splits_backward(const std::vector<Slot>& slots);

}  // namespace tandem
