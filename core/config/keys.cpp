#include "core/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

std::string bound_text(const TypeInfo& type, double bound) {
  if (type.shape == Shape::quantity && bound != 0) return format_quantity(bound, type.dimension);
  return type.shape == Shape::whole ? fmt::format("{:.0f}", bound) : fmt::format("{}", bound);
}

std::string bounds_text(const TypeInfo& type) {
  const Bounds& bounds = type.bounds;
  const bool has_low = std::isfinite(bounds.low), has_high = std::isfinite(bounds.high);
  std::string text;
  if (has_low) text = fmt::format(" {} {}", bounds.low_is_open ? "above" : "from", bound_text(type, bounds.low));
  if (has_high && bounds.high_is_open) return text + " to below " + bound_text(type, bounds.high);
  if (has_high)
    return text + (bounds.low_is_open ? ", at most " : has_low ? " to " : " at most ") + bound_text(type, bounds.high);
  return text;
}

bool lists(const Variant& variant, const std::string& key) {
  return std::find(variant.keys.begin(), variant.keys.end(), key) != variant.keys.end();
}

void collect_paths(const TypeInfo& mapping, const std::string& prefix, std::vector<std::string>& paths) {
  for (const KeyInfo& key : mapping.keys) {
    paths.push_back(prefix + key.key);
    if (key.type.shape == Shape::mapping) collect_paths(key.type, prefix + key.key + ".", paths);
  }
}

}  // namespace

std::string phrase(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::flag:
      return "true or false";
    case Shape::whole:
      if (type.bounds.low == type.bounds.high) return bound_text(type, type.bounds.low);
      return "a whole number" + bounds_text(type);
    case Shape::number:
      return "a number" + bounds_text(type);
    case Shape::quantity:
      return fmt::format("{} with its unit,{}", name_of(type.dimension), bounds_text(type));
    case Shape::ranks:
      return "a number from 0, several like 0-7, every eighth like 0-63/8, or a list of these";
    case Shape::text:
      return "text";
    case Shape::choice:
      return "one of " + allowed(type);
    case Shape::list: {
      const bool pair = type.bounds.low == 1 && !std::isfinite(type.bounds.high);
      return fmt::format("a list{}, each {}", pair ? " of at least one value" : "", phrase(*type.element));
    }
    case Shape::mapping: {
      std::vector<std::string> names;
      if (type.name_alone) {
        for (const Variant& variant : type.variants) names.push_back(variant.name);
        return fmt::format("one of {}, or a mapping with its name and options", fmt::join(names, ", "));
      }
      for (const KeyInfo& key : type.keys) names.push_back(key.key);
      return fmt::format("a mapping of {}", fmt::join(names, ", "));
    }
    case Shape::any_mapping:
      return "a mapping of dotted keys to lists of values";
    case Shape::either: {
      std::vector<std::string> phrases;
      for (const TypeInfo& alternative : type.alternatives) phrases.push_back(phrase(alternative));
      return fmt::format("{}", fmt::join(phrases, "; or "));
    }
  }
  return {};
}

std::string allowed(const TypeInfo& type) {
  if (type.shape == Shape::choice)
    return fmt::format("{}{}", fmt::join(type.choices, ", "), type.or_file ? ", or a .yaml file" : "");
  if (type.shape != Shape::quantity) return {};
  std::vector<std::string_view> names;
  for (const Unit& unit : units_of(type.dimension)) names.push_back(unit.name);
  return fmt::format("{}, such as {}", fmt::join(names, ", "), example_of(type.dimension));
}

bool names_yaml_file(std::string_view text) { return text.ends_with(".yaml") || text.ends_with(".yml"); }

bool is_restricted(const TypeInfo& mapping, const std::string& key) {
  return std::any_of(mapping.variants.begin(), mapping.variants.end(),
                     [&](const Variant& variant) { return lists(variant, key); });
}

const Variant* find_variant(const TypeInfo& mapping, std::string_view name) {
  for (const Variant& variant : mapping.variants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

std::vector<std::string> keys_of_variant(const TypeInfo& mapping, std::string_view variant) {
  const Variant* chosen = find_variant(mapping, variant);
  std::vector<std::string> keys;
  for (const KeyInfo& key : mapping.keys) {
    if (chosen == nullptr || lists(*chosen, key.key) || !is_restricted(mapping, key.key)) keys.push_back(key.key);
  }
  return keys;
}

const KeyInfo* find_key(const TypeInfo& mapping, std::string_view path) {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  for (const KeyInfo& key : mapping.keys) {
    if (key.key != name) continue;
    if (dot == std::string_view::npos) return &key;
    return find_key(key.type, path.substr(dot + 1));
  }
  return nullptr;
}

std::vector<std::string> all_paths(const TypeInfo& mapping) {
  std::vector<std::string> paths;
  collect_paths(mapping, "", paths);
  return paths;
}

}  // namespace tandem
