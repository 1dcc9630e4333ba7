#include "app/scenario/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

const ShippedProfile* find_shipped(std::string_view name) {
  const auto shipped = shipped_profiles();
  const auto found =
      std::find_if(shipped.begin(), shipped.end(), [name](const ShippedProfile& one) { return one.name == name; });
  return found == shipped.end() ? nullptr : &*found;
}

}  // namespace

const Profile* Profiles::find(const std::string& named, const Position& place, Reader& reader) {
  const ShippedProfile* shipped = find_shipped(named);
  const std::string path = shipped != nullptr ? fmt::format("scenarios/profiles/{}.yaml", named)
                                              : (folder_ / named).lexically_normal().string();
  std::error_code error;
  if (shipped == nullptr && !fs::is_regular_file(path, error)) {
    reader.error(place, fmt::format("there is no file {}", path));
    return nullptr;
  }
  auto [known, is_new] = known_.try_emplace(named);
  if (is_new) {
    sources_.push_back(
        {.name = path, .text = shipped != nullptr ? std::string(shipped->text) : read_text_file(path, "a profile")});
    known->second = read(sources_.back());
  }
  return known->second ? &*known->second : nullptr;
}

std::optional<Profile> Profiles::read(const Source& source) {
  const std::size_t errors_before = diagnostics_.count();
  const Value root = parse_yaml(source, diagnostics_);
  if (diagnostics_.count() > errors_before) return std::nullopt;
  Reader reader(diagnostics_, root.position, "the profile");
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

std::optional<Profile> read_shipped_profile(std::string_view name) {
  if (find_shipped(name) == nullptr) return std::nullopt;
  Diagnostics diagnostics;
  Profiles profiles({}, diagnostics);
  Reader reader(diagnostics, {});
  const Profile* profile = profiles.find(std::string(name), {}, reader);
  diagnostics.throw_if_any();
  return *profile;
}

std::vector<Profile> read_shipped_profiles() {
  std::vector<Profile> all;
  for (const ShippedProfile& shipped : shipped_profiles()) all.push_back(*read_shipped_profile(shipped.name));
  return all;
}

}  // namespace tandem
