#include "algorithms/schedules/play.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"

namespace tandem {
namespace {

constexpr double kNotYet = std::numeric_limits<double>::infinity();

/// When each micro-batch left each part of the model, forwards and back.
class Player {
 public:
  Player(const Schedule& schedule, int stages, int chunks, int microbatches, const SlotTimes& times)
      : times_(times),
        parts_(stages * chunks),
        stage_of_(static_cast<std::size_t>(parts_)),
        forward_(static_cast<std::size_t>(parts_ * microbatches), kNotYet),
        backward_(forward_) {
    for (int stage = 0; stage < stages; ++stage) {
      for (int chunk = 0; chunk < chunks; ++chunk) {
        stage_of_[static_cast<std::size_t>(schedule.part(stage, stages, chunk))] = stage;
      }
    }
  }

  /// When what the slot needs is there; kNotYet while what brings it has not been played.
  double ready_s(int stage, int part, const Slot& slot) const {
    switch (slot.work) {
      case SlotWork::forward:
        return part == 0 ? 0 : arrival_s(forward_, part - 1, slot.microbatch, stage);
      case SlotWork::backward:
      case SlotWork::backward_input:
        return part + 1 == parts_ ? forward_[at(part, slot.microbatch)]
                                  : arrival_s(backward_, part + 1, slot.microbatch, stage);
      case SlotWork::backward_weight:
        break;
    }
    return backward_[at(part, slot.microbatch)];
  }

  double duration_s(SlotWork work) const {
    switch (work) {
      case SlotWork::forward:
        return times_.forward_s;
      case SlotWork::backward:
        return times_.backward_input_s + times_.backward_weight_s;
      case SlotWork::backward_input:
        return times_.backward_input_s;
      case SlotWork::backward_weight:
        break;
    }
    return times_.backward_weight_s;
  }

  void ended(int part, const Slot& slot, double end_s) {
    if (slot.work == SlotWork::backward_weight) return;
    (slot.work == SlotWork::forward ? forward_ : backward_)[at(part, slot.microbatch)] = end_s;
  }

 private:
  std::size_t at(int part, int microbatch) const {
    return static_cast<std::size_t>(microbatch) * static_cast<std::size_t>(parts_) + static_cast<std::size_t>(part);
  }
  double arrival_s(const std::vector<double>& left_s, int part, int microbatch, int stage) const {
    const bool is_here = stage_of_[static_cast<std::size_t>(part)] == stage;
    return left_s[at(part, microbatch)] + (is_here ? 0 : times_.hop_s);
  }

  const SlotTimes& times_;
  int parts_;
  std::vector<int> stage_of_;
  std::vector<double> forward_, backward_;
};

}  // namespace

Playback play(const Schedule& schedule, int stages, int chunks, int microbatches, const SlotTimes& times) {
  Player player(schedule, stages, chunks, microbatches, times);
  std::vector<std::vector<Slot>> slots;
  std::size_t left = 0;
  for (int stage = 0; stage < stages; ++stage) {
    slots.push_back(schedule.slots(stage, stages, chunks, microbatches));
    left += slots.back().size();
  }
  Playback playback{.stages = std::vector<std::vector<TimedSlot>>(slots.size())};
  while (left > 0) {
    const std::size_t before = left;
    for (std::size_t s = 0; s < slots.size(); ++s) {
      std::vector<TimedSlot>& played = playback.stages[s];
      while (played.size() < slots[s].size()) {
        const Slot& slot = slots[s][played.size()];
        const int part = schedule.part(static_cast<int>(s), stages, slot.chunk);
        const double ready_s = player.ready_s(static_cast<int>(s), part, slot);
        if (std::isinf(ready_s)) break;
        const double start_s = std::max(ready_s, played.empty() ? 0 : played.back().end_s);
        played.push_back({slot, start_s, start_s + player.duration_s(slot.work)});
        player.ended(part, slot, played.back().end_s);
        --left;
      }
    }
    if (left == before) broken_invariant(fmt::format("the slots of {} wait for each other", schedule.name));
  }
  for (const std::vector<TimedSlot>& played : playback.stages) {
    if (played.empty()) continue;
    playback.span_s = std::max(playback.span_s, played.back().end_s - played.front().start_s);
    playback.makespan_s = std::max(playback.makespan_s, played.back().end_s);
  }
  playback.work_s = microbatches * chunks * (times.forward_s + times.backward_input_s + times.backward_weight_s);
  return playback;
}

std::string picture_of(const Playback& playback, double unit_s) {
  constexpr std::size_t kColumns = 2;  // in a unit
  std::string picture;
  for (std::size_t stage = 0; stage < playback.stages.size(); ++stage) {
    std::string row;
    for (const TimedSlot& timed : playback.stages[stage]) {
      const auto column = [&](double time_s) {
        return kColumns * static_cast<std::size_t>(std::lround(time_s / unit_s));
      };
      row.resize(column(timed.start_s), ' ');
      const Slot& slot = timed.slot;
      char name = slot.work == SlotWork::forward ? 'F' : slot.work == SlotWork::backward_weight ? 'W' : 'B';
      if (slot.chunk > 0) name = static_cast<char>(name - 'A' + 'a');
      row += fmt::format("{}{}", name, (slot.microbatch + 1) % 10);
      row.resize(std::max(row.size(), column(timed.end_s)), '-');
    }
    picture += fmt::format("stage {} {}\n", stage + 1, row);
  }
  return picture;
}

}  // namespace tandem
