// THE TABLE of all keys that a scenario file may have. To add a key: give the struct a member with its default, and one
// row here. The loader, the JSON Schema, the reference page and run.json follow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/scenario/scenario.h"
#include "core/config/fields.h"

namespace tandem {

/// What one of a profile's equal layers was measured to take for some samples.
struct LayerTime {
  double forward_s = 0, backward_input_s = 0, backward_weight_s = 0;
  std::size_t samples = 1;

  bool operator==(const LayerTime&) const = default;
};

/// A profile as its file may state it: by name, layer by layer, or as a whole that is split evenly.
struct ProfileDraft {
  std::string named;
  std::optional<std::size_t> sequence_length;
  std::vector<ProfileLayer> layers;
  std::size_t parameters = 0;
  std::optional<double> flops_per_sample;
  std::optional<double> samples_per_s;
  std::optional<double> step_time_s;
  std::size_t step_samples = 0;
  std::optional<LayerTime> layer_time;
  std::size_t layer_count = 1;
  std::size_t activations_per_sample = 0;
};

struct ModelDraft : ModelSpec, ProfileDraft {
  ModelDraft() { hidden = {128}; }
};

/// `sweep`: which keys take which values.
struct Sweep {
  Value grid;  ///< dotted key -> list of values
  int repeat = 1;
};

/// A file as it is written. rules.h turns it into a Scenario and computes what depends on several keys.
struct Draft : Scenario {
  int version = 1;
  ModelDraft model;
  std::optional<ProfileDraft> costs;
  Sweep sweep;
  std::vector<FigureSpec> figures;
};

/// The key under which a scenario says how to simulate.
inline constexpr const char* kSimulationKey = "sim";

const Mapping<Draft>& scenario_fields();
const Mapping<Sweep>& sweep_fields();
const Type<std::vector<FigureSpec>>& report_fields();

}  // namespace tandem
