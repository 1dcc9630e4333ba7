// What each stage of a pipeline does when: a row per stage, a box per micro-batch and pass, a panel per traced run. All
// panels have one axis of time, so that the longest step is the longest to see.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/quantity.h"
#include "app/figures/series.h"

namespace tandem::figures {
namespace {

constexpr std::size_t kMostPanels = 6;
constexpr double kBoxHeight = 0.86;

struct Kind {
  std::string_view work, legend;
  std::size_t colour;  ///< its place in the palette
};
constexpr std::array kKinds = {Kind{"forward", "forward", 0}, Kind{"backward", "backward", 1},
                               Kind{"backward input", "backward, input", 4},
                               Kind{"backward weight", "backward, weights", 2}};

using Slots = std::vector<SlotResult>;

/// Those of the first step: of what a stage does in every step, the first time.
Slots first_step_of(const Slots& slots) {
  std::map<std::tuple<int, int, int, std::string>, int> times;
  Slots first;
  for (const SlotResult& slot : slots) {
    if (times[{slot.stage, slot.chunk, slot.microbatch, slot.work}]++ == 0) first.push_back(slot);
  }
  return first;
}

struct Extent {
  double begin_s = 0, end_s = 0;  ///< all stages together
  double bubble = 0;              ///< the share of its own span in which the stage of the longest one does nothing
  int stages = 0;
};

Extent extent_of(const Slots& slots) {
  struct Stage {
    double begin_s, end_s, busy_s;
  };
  std::map<int, Stage> stages;
  for (const SlotResult& slot : slots) {
    Stage& stage = stages.try_emplace(slot.stage, Stage{slot.start_s, slot.end_s, 0}).first->second;
    stage.begin_s = std::min(stage.begin_s, slot.start_s);
    stage.end_s = std::max(stage.end_s, slot.end_s);
    stage.busy_s += slot.end_s - slot.start_s;
  }
  const auto span_s = [](const Stage& stage) { return stage.end_s - stage.begin_s; };
  const Stage first = stages.begin()->second;
  Extent extent{.begin_s = first.begin_s, .end_s = first.end_s, .stages = stages.rbegin()->first + 1};
  double longest_s = 0;
  for (const auto& [number, stage] : stages) {
    extent.begin_s = std::min(extent.begin_s, stage.begin_s);
    extent.end_s = std::max(extent.end_s, stage.end_s);
    if (span_s(stage) <= longest_s) continue;
    longest_s = span_s(stage);
    extent.bubble = 1 - stage.busy_s / longest_s;
  }
  return extent;
}

/// The most micro-batches whose activations a stage holds; of one chunk of several, a part of a micro-batch's.
double most_in_flight(const Slots& slots) {
  std::map<int, double> held;
  int chunks = 1;
  for (const SlotResult& slot : slots) chunks = std::max(chunks, slot.chunk + 1);
  double most = 0;
  for (const SlotResult& slot : slots) {
    if (slot.work == "forward") most = std::max(most, held[slot.stage] += 1.0 / chunks);
    if (slot.work == "backward" || slot.work == "backward weight") held[slot.stage] -= 1.0 / chunks;
  }
  return most;
}

/// A curve for each kind of work and chunk; the first stage is the highest row.
std::vector<Curve> boxes_of(const RunResult& run, const Slots& slots, const Extent& extent) {
  std::vector<Curve> curves;
  for (const Kind& kind : kKinds) {
    std::map<int, Curve> of_chunk;
    for (const SlotResult& slot : slots) {
      if (slot.work != kind.work) continue;
      Curve& curve = of_chunk[slot.chunk];
      const double start_s = slot.start_s - extent.begin_s, end_s = slot.end_s - extent.begin_s;
      curve.data.push_back({.x = (start_s + end_s) / 2,
                            .y = static_cast<double>(extent.stages - slot.stage),
                            .low = start_s,
                            .high = end_s,
                            .n = 1,
                            .x_text = fmt::format("{}", slot.microbatch + 1)});
    }
    for (auto& [chunk, curve] : of_chunk) {
      curve.form = Curve::Form::boxes;
      curve.series = run.strategy_label;
      curve.world = run.world;
      curve.origin = is_prediction(run.world) ? Origin::simulated : Origin::measured;
      curve.part = chunk == 0 ? std::string(kind.legend) : fmt::format("{}, part {}", kind.legend, chunk + 1);
      curve.colour = kind.colour;
      curve.fill = chunk == 0 ? 1 : std::max(0.25, 0.75 - 0.2 * chunk);
      curve.width = kBoxHeight;
      curves.push_back(std::move(curve));
    }
  }
  return curves;
}

Panel panel_of(const RunResult& run, const Slots& slots) {
  const Extent extent = extent_of(slots);
  const double length_s = extent.end_s - extent.begin_s;
  Panel panel{.title = fmt::format("{} ({}): {}, bubble {:.1f} %, {:.3g} in flight", run.strategy_label,
                                   is_prediction(run.world) ? "simulated" : run.world + ", measured",
                                   human_quantity(length_s, "s"), 100 * extent.bubble, most_in_flight(slots))};
  panel.curves = boxes_of(run, slots, extent);
  panel.x.high = length_s;
  panel.y = {.label = "", .low = 0.4, .high = extent.stages + 0.6, .ticks = {}};
  const int every = extent.stages / 9 + 1;
  for (int stage = 0; stage < extent.stages; stage += every)
    panel.y.ticks.emplace_back(extent.stages - stage, fmt::format("stage {}", stage + 1));
  panel.share = extent.stages + 1;
  return panel;
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  Chart chart{.about = "what the stages of a pipeline do when", .title = facts.question, .legend_above = true};
  std::size_t left_out = 0;
  for (const RunResult& run : results) {
    if (!run.failure.empty() || run.slot_rows.empty() || run.repeat > 0) continue;
    if (chart.panels.size() == kMostPanels) {
      ++left_out;
      continue;
    }
    const Slots slots = spec.option("steps") == "all" ? run.slot_rows : first_step_of(run.slot_rows);
    chart.panels.push_back(panel_of(run, slots));
  }
  if (chart.panels.empty()) return {.nothing = "no pipeline was traced (trace: true)"};

  // A row wants about 17 of the usual 600 pixels, a panel's title and axis 60.
  double rows = 0;
  for (const Panel& panel : chart.panels) rows += panel.share;
  chart.height = std::max(1.0, (17 * rows + 60.0 * static_cast<double>(chart.panels.size()) + 150) / 600);
  double longest_s = 0;
  for (const Panel& panel : chart.panels) longest_s = std::max(longest_s, panel.x.high);
  for (Panel& panel : chart.panels) {
    panel.x = value_axis("", 0, longest_s, "s");
    panel.x.high = longest_s * 1.01;
  }
  chart.panels.back().x.label = "time since the first stage began";
  chart.caption = {facts.setting_sentence(),
                   "Numbers: micro-batches. Bubble: the share of the longest stage's own span in which it computes "
                   "nothing. In flight: "
                   "the most micro-batches whose activations a stage holds.",
                   left_out == 0 ? "" : fmt::format("{} more traced runs are not drawn.", left_out)};
  return chart;
}

}  // namespace

FigureKind pipeline() {
  return {.name = "pipeline",
          .doc = "what the stages of a pipeline do when, of traced runs (trace: true), the first six",
          .keys = {{"steps", "the steps that are drawn", "first", {"first", "all"}}},
          .draw = draw};
}

}  // namespace tandem::figures
