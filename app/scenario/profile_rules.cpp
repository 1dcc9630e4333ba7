#include "app/scenario/profile_rules.h"

#include <fmt/format.h>

#include "algorithms/model/profile.h"

namespace tandem {
namespace {

double flops_per_sample(const std::vector<ProfileLayer>& layers) {
  double flops = 0;
  for (const ProfileLayer& layer : layers) flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  return flops;
}

std::vector<ProfileLayer> equal_layers(const ProfileDraft& draft, double flops_per_sample) {
  std::vector<ProfileLayer> layers(draft.layer_count);
  const double share = flops_per_sample / static_cast<double>(draft.layer_count);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    // A dense or convolutional layer has three products of equal cost, two of them in the backward pass.
    layers[i] = {.name = fmt::format("layer{}", i + 1),
                 .parameters = even_part(draft.parameters, layers.size(), i).size(),
                 .forward_flops_per_sample = share / 3,
                 .backward_flops_per_sample = share * 2 / 3,
                 .activations_per_sample = draft.activations_per_sample};
  }
  return layers;
}

std::vector<ProfileLayer> timed_layers(const ProfileDraft& draft, double speed_flops_per_s) {
  std::vector<ProfileLayer> layers = equal_layers(draft, 0);
  const LayerTime& time = *draft.layer_time;
  const double flops_per_sample_and_s = speed_flops_per_s / static_cast<double>(time.samples);
  for (ProfileLayer& layer : layers) {
    layer.forward_flops_per_sample = time.forward_s * flops_per_sample_and_s;
    layer.backward_flops_per_sample = (time.backward_input_s + time.backward_weight_s) * flops_per_sample_and_s;
    layer.weight_flops_per_sample = time.backward_weight_s * flops_per_sample_and_s;
  }
  return layers;
}

std::vector<ProfileLayer> stated_layers(const ProfileDraft& draft, const Value& list, const std::string& path,
                                        Reader& reader) {
  std::vector<ProfileLayer> layers = draft.layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool has_backward = i < list.items.size() && list.items[i].find("backward_flops") != nullptr;
    if (!has_backward) layers[i].backward_flops_per_sample = 2 * layers[i].forward_flops_per_sample;
    if (layers[i].weight_flops_per_sample.value_or(0) <= layers[i].backward_flops_per_sample) continue;
    reader.error(
        list.items[i].find("weight_flops")->value.position,
        fmt::format("{}.layers[{}].weight_flops is a part of the backward pass, and more than all of it", path, i));
  }
  return layers;
}

// Keys that may not stand beside `form`, because it states the same.
void refuse_beside(const Entry& map, const std::string& path, const std::string& form,
                   const std::vector<std::string>& keys, Reader& reader) {
  for (const std::string& key : keys) {
    if (const Entry* both = map.value.find(key)) {
      reader.error(both->position, fmt::format("{} has both \"{}\" and \"{}\"; give one", path, form, key));
    }
  }
}

std::vector<ProfileLayer> named_layers(const ProfileDraft& draft, const Entry& map, const std::string& path,
                                       Profiles& profiles, Reader& reader) {
  const Profile* profile = profiles.find(draft.named, map.value.find("profile")->value.position, reader);
  if (profile == nullptr) return {};
  if (!draft.sequence_length) return layers_of(*profile, profile->longest_sequence);
  if (*draft.sequence_length <= profile->longest_sequence) return layers_of(*profile, *draft.sequence_length);
  reader.error(map.value.find("sequence_length")->value.position,
               profile->longest_sequence == 0
                   ? fmt::format("a sample of {} is not a sequence", profile->name)
                   : fmt::format("{}.sequence_length = {}, but {} has positions for {} tokens", path,
                                 *draft.sequence_length, profile->name, profile->longest_sequence));
  return {};
}

/// The measured speed of one worker, in whichever way it is written.
std::optional<double> measured_samples_per_s(const ProfileDraft& draft, const Entry& map, const std::string& path,
                                             Reader& reader) {
  const Entry* time = map.value.find("step_time");
  const Entry* samples = map.value.find("step_samples");
  if ((time == nullptr) != (samples == nullptr)) {
    reader.error((time != nullptr ? time : samples)->position,
                 fmt::format("{} needs \"step_time\" and \"step_samples\" together: how long one worker computes for "
                             "how many samples",
                             path));
    return std::nullopt;
  }
  if (time != nullptr) return static_cast<double>(draft.step_samples) / draft.step_time_s.value_or(1);
  return draft.samples_per_s;
}

}  // namespace

std::string one_of(const Value& tree, const std::string& path, const std::vector<std::string>& keys,
                   const std::string& why, Reader& reader) {
  const Entry* map = find_path(tree, path);
  if (map == nullptr || map->value.kind != Value::Kind::map) return {};
  std::string first;
  for (const std::string& key : keys) {
    const Entry* entry = map->value.find(key);
    if (entry == nullptr) continue;
    if (first.empty()) {
      first = key;
    } else {
      reader.error(entry->position, fmt::format("{} has both \"{}\" and \"{}\"; give one: {}", path, first, key, why));
    }
  }
  return first;
}

std::vector<ProfileLayer> profile_layers(const ProfileDraft& draft, double speed_flops_per_s, const Value& tree,
                                         const std::string& path, Profiles& profiles, Reader& reader) {
  const std::size_t errors_before = reader.errors();
  const Entry& map = *find_path(tree, path);
  const std::string form = one_of(tree, path, {"profile", "layers", "parameters"}, "which model it is", reader);
  if (form.empty()) {
    reader.error(map.position, fmt::format("{} needs \"profile\", \"layers\", or \"parameters\" with "
                                           "\"flops_per_sample\", \"samples_per_s\", \"step_time\" or \"layer_time\"",
                                           path));
    return {};
  }
  if (form != "parameters") {
    refuse_beside(map, path, form, {"flops_per_sample", "layer_time", "layer_count", "activations"}, reader);
  }
  if (form != "profile") refuse_beside(map, path, form, {"sequence_length"}, reader);
  const std::string cost = one_of(tree, path, {"flops_per_sample", "samples_per_s", "step_time", "layer_time"},
                                  "what a sample costs", reader);
  const std::optional<double> samples_per_s = measured_samples_per_s(draft, map, path, reader);
  if (form == "parameters" && cost.empty()) {
    reader.error(map.position, fmt::format("{} needs \"flops_per_sample\", \"samples_per_s\", \"step_time\" or "
                                           "\"layer_time\": what a sample costs",
                                           path));
  }
  if (form == "parameters" && draft.layer_count > draft.parameters) {
    reader.error(
        map.value.find("layer_count")->value.position,
        fmt::format("{} layers, but {} parameters; a layer has at least one", draft.layer_count, draft.parameters));
  }
  if (reader.errors() > errors_before) return {};

  const double measured_flops = samples_per_s ? speed_flops_per_s / *samples_per_s : 0;
  if (draft.layer_time) return timed_layers(draft, speed_flops_per_s);
  if (form == "parameters") return equal_layers(draft, draft.flops_per_sample.value_or(measured_flops));
  std::vector<ProfileLayer> layers = form == "layers"
                                         ? stated_layers(draft, map.value.find("layers")->value, path, reader)
                                         : named_layers(draft, map, path, profiles, reader);
  if (!samples_per_s || layers.empty()) return layers;
  const double stated_flops = flops_per_sample(layers);
  if (stated_flops == 0) {
    reader.error(map.value.find(cost)->position,
                 fmt::format("{} has layers without flops, which \"{}\" cannot be dealt out to", path, cost));
  }
  for (ProfileLayer& layer : layers) {
    layer.forward_flops_per_sample *= measured_flops / stated_flops;
    layer.backward_flops_per_sample *= measured_flops / stated_flops;
    if (layer.weight_flops_per_sample) *layer.weight_flops_per_sample *= measured_flops / stated_flops;
    layer.attention_flops_per_sample *= measured_flops / stated_flops;
    layer.experts.forward_flops_per_sample *= measured_flops / stated_flops;
    layer.moved = {};  // the measured time includes it
  }
  return layers;
}

}  // namespace tandem
