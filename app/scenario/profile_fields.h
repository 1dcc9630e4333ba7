// THE TABLE of all keys that a profile's file may have, as scenario_fields.h is of a scenario's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/model/profile.h"
#include "core/config/fields.h"

namespace tandem {

/// Successive layers that are repeated as a group.
struct LayerGroup {
  std::size_t repeat = 1;
  std::size_t first = 1;  ///< the number that stands for # in the names of the first repetition
  std::vector<LayerSizes> layers;
};

/// Published totals of the whole model, with which the sum of the layers is compared.
struct PublishedTotals {
  std::optional<std::size_t> parameters;
  std::optional<double> multiply_adds;  ///< in the forward pass of a sample
  std::string source;
};

/// A file as it is written.
struct ProfileFile {
  std::string name;
  std::string source;
  std::optional<PublishedTotals> published;
  std::size_t longest_sequence = 0;
  std::vector<LayerGroup> layers;
};

const Mapping<ProfileFile>& profile_file_fields();

}  // namespace tandem
