#include "core/config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/config/json.h"

namespace tandem {
namespace {

Json schema_of(const TypeInfo& type);

void add_bounds(const Bounds& bounds, Json& schema) {
  if (std::isfinite(bounds.low)) schema[bounds.low_is_open ? "exclusiveMinimum" : "minimum"] = bounds.low;
  if (std::isfinite(bounds.high)) schema[bounds.high_is_open ? "exclusiveMaximum" : "maximum"] = bounds.high;
}

/// A number and one of the units, as parse_quantity takes it.
std::string quantity_pattern(Dimension dimension) {
  std::vector<std::string_view> names;
  for (const Unit& unit : units_of(dimension)) names.push_back(unit.name);
  return fmt::format(R"(^ *\+?[0-9.]+([eE][-+]?[0-9]+)? *({}) *$)", fmt::join(names, "|"));
}

/// Variants, as alternatives of which exactly one holds: the deciding key has its name, and no key of another is
/// present.
Json variants_of(const TypeInfo& type) {
  Json alternatives = Json::array();
  for (const Variant& variant : type.variants) {
    Json properties = {{type.variant_key, {{"const", variant.name}}}};
    const std::vector<std::string> taken = keys_of_variant(type, variant.name);
    Json required = Json::array();
    for (const KeyInfo& key : type.keys) {
      const bool belongs = std::find(taken.begin(), taken.end(), key.key) != taken.end();
      if (!belongs) properties[key.key] = false;
      if (belongs && key.required) required.push_back(key.key);
    }
    alternatives.push_back({{"title", variant.doc}, {"properties", properties}, {"required", required}});
  }
  return alternatives;
}

Json schema_of_mapping(const TypeInfo& type) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const KeyInfo& key : type.keys) {
    Json property = schema_of(key.type);
    property["description"] =
        key.default_text.empty() ? key.doc : fmt::format("{} (default: {})", key.doc, key.default_text);
    schema["properties"][key.key] = std::move(property);
    if (key.required && !is_restricted(type, key.key)) required.push_back(key.key);
  }
  if (!required.empty()) schema["required"] = required;
  if (!type.variants.empty()) schema["oneOf"] = variants_of(type);
  return schema;
}

Json schema_of(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::flag:
      return {{"type", "boolean"}};
    case Shape::whole:
    case Shape::number: {
      Json schema = {{"type", type.shape == Shape::whole ? "integer" : "number"}};
      add_bounds(type.bounds, schema);
      return schema;
    }
    case Shape::quantity:
      return {{"type", "string"}, {"pattern", quantity_pattern(type.dimension)}};
    case Shape::ranks: {
      const Json numbers = {{"type", "integer"}, {"minimum", 0}};
      const Json range = {{"type", "string"}, {"pattern", "^[0-9]+(-[0-9]+(/[1-9][0-9]*)?)?$"}};
      const Json one = {{"anyOf", {numbers, range}}};
      return {{"anyOf", {numbers, range, {{"type", "array"}, {"minItems", 1}, {"items", one}}}}};
    }
    case Shape::text:
      return {{"type", "string"}, {"minLength", 1}};
    case Shape::choice: {
      const Json names = {{"enum", type.choices}};
      if (!type.or_file) return names;
      return {{"anyOf", {names, {{"type", "string"}, {"pattern", "\\.ya?ml$"}}}}};
    }
    case Shape::list: {
      Json schema = {{"type", "array"}, {"items", schema_of(*type.element)}};
      if (std::isfinite(type.bounds.low)) schema["minItems"] = static_cast<std::size_t>(type.bounds.low);
      if (std::isfinite(type.bounds.high)) schema["maxItems"] = static_cast<std::size_t>(type.bounds.high);
      return schema;
    }
    case Shape::mapping: {
      if (!type.name_alone) return schema_of_mapping(type);
      Json names = Json::array();
      for (const Variant& variant : type.variants) names.push_back(variant.name);
      return {{"anyOf", {{{"enum", names}}, schema_of_mapping(type)}}};
    }
    case Shape::any_mapping:
      return {{"type", "object"}, {"additionalProperties", {{"type", "array"}, {"minItems", 1}}}};
    case Shape::either: {
      Json alternatives = Json::array();
      for (const TypeInfo& alternative : type.alternatives) alternatives.push_back(schema_of(alternative));
      return {{"anyOf", alternatives}};
    }
  }
  return {};
}

std::string table_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string takers_of(const TypeInfo& mapping, const std::string& key) {
  if (!is_restricted(mapping, key)) return {};
  std::vector<std::string> takers;
  for (const Variant& variant : mapping.variants) {
    const std::vector<std::string> taken = keys_of_variant(mapping, variant.name);
    if (std::find(taken.begin(), taken.end(), key) != taken.end()) takers.push_back(variant.name);
  }
  return fmt::format(" ({})", fmt::join(takers, ", "));
}

bool is_mapping(const TypeInfo& type) { return type.shape == Shape::mapping || type.shape == Shape::either; }

void add_rows(const TypeInfo& mapping, const std::string& prefix, std::string& page) {
  for (const TypeInfo& alternative : mapping.alternatives) add_rows(alternative, prefix, page);
  for (const KeyInfo& key : mapping.keys) {
    const TypeInfo& type = key.type;
    const bool lists_mappings = type.shape == Shape::list && is_mapping(*type.element);
    const std::string kind = type.shape == Shape::mapping ? (type.name_alone ? "a name, or a mapping" : "a mapping")
                             : lists_mappings             ? "a list of mappings"
                                                          : phrase(type);
    const std::string otherwise = key.required ? "required" : key.default_text;
    page += fmt::format("| `{}{}` | {} | {} | {}{} |\n", prefix, key.key, table_cell(kind), table_cell(otherwise),
                        table_cell(key.doc), takers_of(mapping, key.key));
    if (type.shape == Shape::mapping) add_rows(type, prefix + key.key + ".", page);
    if (lists_mappings) add_rows(*type.element, prefix + key.key + "[].", page);
  }
}

}  // namespace

Json schema_of_file(const std::string& title, const TypeInfo& type) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  schema.update(schema_of(type));
  return schema;
}

std::string reference_of(const TypeInfo& type) {
  std::string page = "| key | value | default | meaning |\n|---|---|---|---|\n";
  add_rows(type, "", page);
  return page;
}

}  // namespace tandem
