#include "app/scenario/overrides.h"

#include <fmt/format.h>

namespace tandem {
namespace {

/// The swept factor that the override pins, if the grid sweeps this very key.
Entry* swept_factor(Value& root, std::string_view key) {
  Entry* sweep = root.find("sweep");
  Entry* grid = sweep != nullptr ? sweep->value.find("grid") : nullptr;
  return grid != nullptr ? grid->value.find(key) : nullptr;
}

/// A swept key that contains this one: the grid would overwrite the override.
const Entry* swept_parent(Value& root, std::string_view key) {
  for (std::size_t dot = key.rfind('.'); dot != std::string_view::npos; dot = key.substr(0, dot).rfind('.')) {
    if (const Entry* parent = swept_factor(root, key.substr(0, dot))) return parent;
  }
  return nullptr;
}

void apply(std::string_view key, const Value& value, Value& root, Diagnostics& diagnostics) {
  if (const Entry* parent = swept_parent(root, key)) {
    diagnostics.add({value.position,
                     fmt::format("sweep.grid varies \"{}\", so \"{}\" would be overwritten", parent->key, key),
                     {},
                     fmt::format("-s {}=..., or -s sweep.grid.{}=[...]", parent->key, parent->key)});
    return;
  }
  if (Entry* factor = swept_factor(root, key)) {
    factor->value = Value{.kind = Value::Kind::list, .items = {value}, .position = value.position};
    return;
  }
  if (!set_path(root, key, value)) {
    diagnostics.add({value.position, fmt::format("a part of \"{}\" is no mapping", key), {}, {}});
  }
}

}  // namespace

void apply_overrides(const std::vector<std::string>& overrides, std::deque<Source>& sources, Value& root,
                     Diagnostics& diagnostics) {
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    sources.push_back({.name = "-s " + text,
                       .text = equals == std::string::npos ? "" : text.substr(equals + 1),
                       .is_override = true});
    const Source& source = sources.back();
    const bool well_formed = equals != std::string::npos && !key.empty() && key.front() != '.' && key.back() != '.' &&
                             key.find("..") == std::string::npos;
    if (!well_formed) {
      diagnostics.add({{&source}, "an override is written key=value", {}, "such as -s cluster.workers=8"});
      continue;
    }
    const std::size_t before = diagnostics.count();
    const Value value = parse_yaml(source, diagnostics);
    if (diagnostics.count() == before) apply(key, value, root, diagnostics);
  }
}

}  // namespace tandem
