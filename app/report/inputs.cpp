#include "app/report/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "app/scenario/profiles.h"
#include "app/store/whole_file.h"
#include "core/config/document.h"
#include "core/config/json.h"

namespace tandem {
namespace {

/// A file of keys, as far as it can be read: evidence is looked up after the study has been loaded without mistakes.
struct Document {
  explicit Document(std::string name, std::string text) {
    source.name = std::move(name);
    source.text = std::move(text);
    Diagnostics diagnostics;
    root = parse_yaml(source, diagnostics);
  }
  Document(const Document&) = delete;

  Source source;
  Value root;
};

/// "cluster.network.bandwidth" counts as stated if it, or a mapping or list that contains it, is.
bool states(const Value& root, const std::string& key) { return find_path(root, key) != nullptr; }

class Evidence {
 public:
  Evidence(const Plan& plan, const std::string& text, const std::vector<std::string>& overrides)
      : plan_(plan), scenario_(plan.file, text), overrides_(overrides) {
    const Entry* from = find_path(scenario_.root, "cluster.from");
    if (from != nullptr) {
      const auto path = std::filesystem::path(plan.file).parent_path() / from->value.text;
      cluster_file_ = std::make_unique<Document>(from->value.text, read_whole_file(path));
    }
  }

  Input of(const std::string& key, const std::string& value) const {
    if (const std::string* swept = swept_key(key))
      return {key, value, "swept", fmt::format("swept: sweep.grid has {}", *swept)};
    if (is_overridden(key)) return {key, value, "stated", "stated on the command line (-s)"};
    if (key == "workload.model.layers") {
      if (const std::optional<Input> layers = of_layers(value)) return *layers;
    }
    if (states(scenario_.root, key)) return {key, value, "stated", "stated in the scenario"};
    if (cluster_file_ && key.starts_with("cluster.") && states(cluster_file_->root, key.substr(8))) {
      const bool is_calibrated = cluster_file_->source.text.find("Measured by `tandem calibrate`") != std::string::npos;
      return {key, value, is_calibrated ? "calibrated" : "stated",
              fmt::format("{} {}", is_calibrated ? "measured by tandem calibrate:" : "stated in",
                          cluster_file_->source.name)};
    }
    return {key, value, "default", "assumed: the default"};
  }

 private:
  /// A profile's layers are those of its file; layers of a size that is stated follow from it.
  std::optional<Input> of_layers(const std::string& value) const {
    constexpr std::string_view kModel = "workload.model", kLayers = "workload.model.layers";
    const std::string profile = stated_value("workload.model.profile");
    if (swept_key("workload.model.profile") != nullptr)
      return Input{std::string(kLayers), value, "swept", "swept: sweep.grid has workload.model.profile"};
    if (const std::string source = source_of_profile(profile); !source.empty())
      return Input{std::string(kLayers), value, "published",
                   fmt::format("profile {}, from a publication: {}", profile, source)};
    if (!profile.empty()) return Input{std::string(kLayers), value, "stated", fmt::format("stated in {}", profile)};
    if (states(scenario_.root, std::string(kModel) + ".parameters"))
      return Input{std::string(kLayers), value, "stated", "follow from the sizes that the scenario states"};
    return std::nullopt;
  }
  /// What a key with a plain value was given last; empty where it was not given.
  std::string stated_value(const std::string& key) const {
    const Entry* entry = find_path(scenario_.root, key);
    std::string value = entry != nullptr ? entry->value.text : "";
    for (const std::string& given : overrides_) {
      if (given.starts_with(key + "=")) value = given.substr(key.size() + 1);
    }
    return value;
  }
  const std::string* swept_key(const std::string& key) const {
    for (const auto& [swept, value] : plan_.points.front().factors) {
      if (key == swept || key.starts_with(swept + ".")) return &swept;
    }
    return nullptr;
  }
  bool is_overridden(const std::string& key) const {
    return std::any_of(overrides_.begin(), overrides_.end(), [&](const std::string& given) {
      const std::string path = given.substr(0, given.find('='));
      return key == path || key.starts_with(path + ".");
    });
  }
  static std::string source_of_profile(const std::string& name) {
    const Profile* profile = shipped_profile(name);
    return profile != nullptr ? profile->source : "";
  }

  const Plan& plan_;
  Document scenario_;
  const std::vector<std::string>& overrides_;
  std::unique_ptr<Document> cluster_file_;
};

/// Calls visit(key, value) for each key that holds no mapping.
template <class Visit>
void for_each_leaf(const Json& json, const std::string& path, const Visit& visit) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = path.empty() ? key : path + "." + key;
    if (value.is_object()) {
      for_each_leaf(value, name, visit);
    } else {
      visit(name, value.is_string() ? value.template get<std::string>() : value.dump());
    }
  }
}

/// A long list, such as a profile's layers, is cut after its first entries.
std::string beginning_of(const std::string& value) {
  constexpr std::size_t kMost = 160;
  return value.size() <= kMost ? value : value.substr(0, kMost) + "...";
}

}  // namespace

std::vector<Input> inputs_of(const Plan& plan, const std::string& text, const std::vector<std::string>& overrides) {
  std::vector<Input> inputs;
  if (plan.points.empty()) return inputs;
  const Evidence evidence(plan, text, overrides);
  for_each_leaf(to_json(plan.points.front().scenario), "", [&](const std::string& key, const std::string& value) {
    Input input = evidence.of(key, beginning_of(value));
    if (input.kind != "swept") return inputs.push_back(std::move(input));
    // All values that the grid gives to the key.
    std::vector<std::string> values;
    for (const Point& point : plan.points) {
      for (const auto& [swept, swept_value] : point.factors) {
        const bool is_its_own = swept == key;
        const bool is_new = std::find(values.begin(), values.end(), swept_value) == values.end();
        if (is_its_own && is_new) values.push_back(swept_value);
      }
    }
    if (!values.empty()) input.value = beginning_of(fmt::format("{}", fmt::join(values, ", ")));
    inputs.push_back(std::move(input));
  });
  return inputs;
}

}  // namespace tandem
