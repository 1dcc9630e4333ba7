#include "app/scenario/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "app/scenario/profile_fields.h"
#include "app/scenario/shipped_profiles.h"
#include "core/config/limits.h"
#include "core/config/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string numbered(std::string name, std::size_t number) {
  const std::string digits = std::to_string(number);
  for (std::size_t at = name.find('#'); at != std::string::npos; at = name.find('#', at + digits.size()))
    name.replace(at, 1, digits);
  return name;
}

std::vector<LayerSizes> unrolled(const std::vector<LayerGroup>& groups) {
  std::vector<LayerSizes> layers;
  for (const LayerGroup& group : groups) {
    for (std::size_t i = 0; i < group.repeat; ++i) {
      for (LayerSizes layer : group.layers) {
        layer.name = numbered(layer.name, group.first + i);
        layers.push_back(std::move(layer));
      }
    }
  }
  return layers;
}

void check_number_of_layers(const ProfileFile& file, const Value& root, Reader& reader) {
  double layers = 0;
  for (const LayerGroup& group : file.layers)
    layers += static_cast<double>(group.repeat) * static_cast<double>(group.layers.size());
  if (layers <= kMostLayers) return;
  reader.error(root.find("layers")->position,
               fmt::format("{:.0f} layers with all repetitions; there may be {:.0f}", layers, kMostLayers));
}

/// Keys that count tokens, in a profile whose samples have none.
void refuse_tokens(const Value& value, Reader& reader) {
  for (const Value& item : value.items) refuse_tokens(item, reader);
  for (const Entry& entry : value.entries) {
    if (entry.key.find("_per_token") != std::string::npos) {
      reader.error(entry.position,
                   fmt::format("\"{}\" needs \"longest_sequence\": the number of tokens of a sample", entry.key));
    }
    refuse_tokens(entry.value, reader);
  }
}

void check_total(double published, double sum, std::string_view key, const Value& root, Reader& reader) {
  constexpr double kSlack = 0.05;  // papers give two digits, some truncated rather than rounded
  if (std::abs(sum - published) <= kSlack * published) return;
  const Entry& entry = *root.find("published")->value.find(key);
  reader.error(entry.value.position, fmt::format("published.{} is {}, but the layers add up to {}", key,
                                                 entry.value.text, static_cast<std::uint64_t>(sum)));
}

void check_totals(const PublishedTotals& published, const Profile& profile, const Value& root, Reader& reader) {
  double parameters = 0, multiply_adds = 0;
  for (const ProfileLayer& layer : layers_of(profile, profile.longest_sequence)) {
    parameters += static_cast<double>(layer.parameters);
    multiply_adds += layer.forward_flops_per_sample / 2;
  }
  if (published.parameters)
    check_total(static_cast<double>(*published.parameters), parameters, "parameters", root, reader);
  if (published.multiply_adds) check_total(*published.multiply_adds, multiply_adds, "multiply_adds", root, reader);
}

/// Nothing after a mistake, which goes to `diagnostics`: it must not be shown after `source` is gone.
std::optional<Profile> read_profile(const Source& source, Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.count();
  const Value root = parse_yaml(source, diagnostics);
  if (diagnostics.count() > errors_before) return std::nullopt;
  Reader reader(diagnostics, root.position, "the profile");
  ProfileFile file;
  profile_file_fields().read(root, reader, file);
  if (reader.errors() > 0) return std::nullopt;
  check_number_of_layers(file, root, reader);
  if (file.longest_sequence == 0) refuse_tokens(root, reader);
  if (reader.errors() > 0) return std::nullopt;
  const Profile profile{.name = file.name,
                        .source = file.source,
                        .longest_sequence = file.longest_sequence,
                        .layers = unrolled(file.layers)};
  if (file.published) check_totals(*file.published, profile, root, reader);
  if (reader.errors() > 0) return std::nullopt;
  return profile;
}

Profile read_shipped(const ShippedProfile& shipped) {
  const Source source{.name = fmt::format("scenarios/profiles/{}.yaml", shipped.name),
                      .text = std::string(shipped.text)};
  Diagnostics diagnostics;
  const std::optional<Profile> profile = read_profile(source, diagnostics);
  diagnostics.throw_if_any();
  return *profile;
}

}  // namespace

const Profile* Profiles::find(const std::string& named, const Position& place, Reader& reader) {
  if (const Profile* shipped = shipped_profile(named)) return shipped;
  const std::string path = (folder_ / named).lexically_normal().string();
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    reader.error(place, fmt::format("there is no file {}", path));
    return nullptr;
  }
  auto [known, is_new] = known_.try_emplace(named);
  if (is_new) {
    sources_.push_back({.name = path, .text = read_text_file(path, "a profile")});
    known->second = read_profile(sources_.back(), diagnostics_);
  }
  return known->second ? &*known->second : nullptr;
}

const Profile* shipped_profile(std::string_view name) {
  struct Read {
    std::once_flag once;
    Profile profile;
  };
  // A command that reads many scenarios would read the same few profiles for each of them.
  static std::vector<Read> all(shipped_profiles().size());
  const auto shipped = shipped_profiles();
  for (std::size_t i = 0; i < shipped.size(); ++i) {
    if (shipped[i].name != name) continue;
    std::call_once(all[i].once, [&] { all[i].profile = read_shipped(shipped[i]); });
    return &all[i].profile;
  }
  return nullptr;
}

}  // namespace tandem
