// A YAML document as a plain tree that remembers where every key and value was written. yaml-cpp parses it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diagnostics.h"

namespace tandem {

struct Entry;

struct Value {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;     ///< scalar
  bool quoted = false;  ///< scalar: written in quotation marks, so it is text and nothing else
  std::vector<Value> items;
  std::vector<Entry> entries;  ///< in file order, no key twice
  Position position;

  /// The entry of a key, null when there is none or this is no map.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
};

struct Entry {
  std::string key;
  Position position;  ///< where the key stands
  Value value;
};

/// Parses one document; duplicate keys and syntax errors go to `diagnostics`. A text with a syntax error gives null.
Value parse_yaml(const Source& source, Diagnostics& diagnostics);

/// The entry at a dotted path ("cluster.network.latency"), null when there is none.
const Entry* find_path(const Value& root, std::string_view path);

/// Puts `value` at a dotted path and creates the maps on the way. Below sweep.grid the rest of the path is a single
/// key, dots included. False when a part of the path exists and is no map.
bool set_path(Value& root, std::string_view path, const Value& value);

/// The value in YAML's flow form, one line: {name: mlp, hidden: [256, 128]}.
std::string flow_text(const Value& value);
/// How an error text shows a value: "abc" (shortened), a list, a mapping, nothing.
std::string describe(const Value& value);

}  // namespace tandem
