// Descriptions of a scenario's keys, as data, from which error texts, the JSON Schema and the reference page are
// made. fields.h binds descriptions to C++ values; scenario_fields.cpp is the table itself.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/shared.h"
#include "core/units.h"

namespace tandem {

enum class Shape { flag, whole, number, quantity, ranks, text, choice, list, mapping, any_mapping, either };

/// Allowed values of a number, or lengths of a list.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_is_open = false;  ///< above low
  bool high_is_open = false;

  bool contains(double value) const {
    return (low_is_open ? value > low : value >= low) && (high_is_open ? value < high : value <= high);
  }
};

inline Bounds between(double low, double high) { return {low, high}; }
inline Bounds above(double low, double high) { return {low, high, true}; }
inline Bounds from_to_below(double low, double high) { return {low, high, false, true}; }

struct KeyInfo;

/// One value of the key that decides which other keys its mapping takes: {name: ps-sync} takes servers and placement.
struct Variant {
  std::string name;
  std::string doc;
  std::vector<std::string> keys;  ///< keys that no variant lists belong to all of them
};

struct TypeInfo {
  Shape shape = Shape::text;
  Dimension dimension = Dimension::time;    ///< quantity
  Bounds bounds;                            ///< whole, number, quantity; list: its length
  std::vector<std::string> choices;         ///< choice
  bool or_file = false;                     ///< choice: or the name of a YAML file
  std::shared_ptr<const TypeInfo> element;  ///< list
  SharedList<KeyInfo> keys;                 ///< mapping
  std::string variant_key;                  ///< mapping: the key that decides, or empty
  SharedList<Variant> variants;             ///< mapping
  bool name_alone = false;                  ///< mapping with variants: a variant's name alone may stand for it
  SharedList<TypeInfo> alternatives;        ///< either: mappings
};

struct KeyInfo {
  std::string key;
  std::string doc;
  TypeInfo type;
  bool required = false;
  std::string default_text;  ///< as a scenario writes it; empty: none
};

/// "a whole number from 1 to 65536": follows "must be".
std::string phrase(const TypeInfo& type);
/// The list after "allowed:"; empty when the phrase says enough.
std::string allowed(const TypeInfo& type);

/// The keys of a mapping with this variant; of all when the variant is unknown or empty.
std::vector<std::string> keys_of_variant(const TypeInfo& mapping, std::string_view variant);

/// Whether the text ends like the name of a YAML file.
bool names_yaml_file(std::string_view text);

/// Whether only some variants take the key.
bool is_restricted(const TypeInfo& mapping, const std::string& key);
const Variant* find_variant(const TypeInfo& mapping, std::string_view name);

/// The description at a dotted path, null when there is no such key. Paths end at lists.
const KeyInfo* find_key(const TypeInfo& mapping, std::string_view path);
/// All dotted paths, mappings included, in the order of the table.
std::vector<std::string> all_paths(const TypeInfo& mapping);

}  // namespace tandem
