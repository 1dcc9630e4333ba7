#include "app/scenario/misplaced.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "algorithms/strategies/strategy.h"
#include "core/config/nearest.h"

namespace tandem {
namespace {

using Kind = Value::Kind;

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

std::size_t depth(const std::string& path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
}

bool is_single(const TypeInfo& type) {
  return type.shape == Shape::flag || type.shape == Shape::whole || type.shape == Shape::number ||
         type.shape == Shape::quantity || type.shape == Shape::text || type.shape == Shape::choice;
}

/// Names that other tools have for a key of ours.
std::string usual_name(const std::string& key) {
  if (key == "learning_rate") return "lr";
  if (key == "batch_size") return "per_worker";
  return key;
}

class Search {
 public:
  Search(const TypeInfo& scenario, Reader& reader)
      : scenario_(scenario), paths_(all_paths(scenario)), reader_(reader) {}

  void look_into(Value& mapping, const TypeInfo& type, const std::string& path) {
    std::vector<Entry> kept;
    for (Entry& entry : mapping.entries) {
      const std::string here = path.empty() ? entry.key : path + "." + entry.key;
      const KeyInfo* known = find_key(type, entry.key);
      if (known == nullptr && is_misplaced(entry, type, path)) continue;
      if (known != nullptr) look_at(entry, known->type, here);
      kept.push_back(std::move(entry));
    }
    mapping.entries = std::move(kept);
  }

 private:
  /// The path of a key of this name that is nearest below `path`, else anywhere; the shortest of these. Empty: there is
  /// none, or several that are as short.
  std::string home_of(const std::string& key, const std::string& path) const {
    for (const std::string& within : {path.empty() ? path : path + ".", std::string()}) {
      std::vector<std::string> homes;
      std::size_t least = paths_.size();
      for (const std::string& one : paths_) {
        if (last_part(one) != key || !one.starts_with(within)) continue;
        if (depth(one) < least) homes.clear();
        least = std::min(least, depth(one));
        if (depth(one) == least) homes.push_back(one);
      }
      if (homes.size() == 1) return homes.front();
    }
    return {};
  }

  bool is_misplaced(const Entry& entry, const TypeInfo& type, const std::string& path) {
    std::vector<std::string> known;
    for (const KeyInfo& key : type.keys) known.push_back(key.key);
    if (!nearest(entry.key, known).empty()) return false;
    const std::string home = home_of(usual_name(entry.key), path);
    if (home.empty()) return false;
    const std::string value = flow_text(entry.value);
    const KeyInfo* key = find_key(scenario_, home);
    const bool is_swept = entry.value.kind == Kind::list && is_single(key->type);
    reader_.error(entry.position, fmt::format("unknown key \"{}\" in {}: it is written {}", entry.key,
                                              path.empty() ? "the scenario" : path,
                                              is_swept ? swept(home, value) : nested(home, value)));
    return true;
  }

  static std::string swept(const std::string& path, const std::string& values) {
    return fmt::format("sweep: {{grid: {{{}: {}}}}}", path, values);
  }

  static std::string nested(const std::string& path, const std::string& value) {
    const std::size_t dot = path.find('.');
    if (dot == std::string::npos) return fmt::format("{}: {}", path, value);
    std::string text = path.substr(0, dot) + ": ";
    std::string rest = path.substr(dot + 1), closing;
    for (std::size_t at = rest.find('.'); at != std::string::npos; at = rest.find('.')) {
      text += "{" + rest.substr(0, at) + ": ";
      rest = rest.substr(at + 1);
      closing += "}";
    }
    return fmt::format("{}{{{}: {}}}{}", text, rest, value, closing);
  }

  void look_at(Entry& entry, const TypeInfo& type, const std::string& path) {
    Value& value = entry.value;
    if (value.kind == Kind::list && is_single(type) && !value.items.empty() &&
        std::all_of(value.items.begin(), value.items.end(), [](auto& one) { return one.kind == Kind::scalar; })) {
      reader_.error(value.position,
                    fmt::format("{} has one value; several are {}", path, swept(path, flow_text(value))));
      const Value first = value.items.front();
      value = first;
    } else if (value.kind == Kind::map && type.shape == Shape::mapping) {
      look_for_name(value, type, path);
      look_into(value, type, path);
    } else if (value.kind == Kind::scalar && type.shape == Shape::mapping &&
               find_variant(type, value.text) == nullptr) {
      replace_by_home(value, value, type, path);
    }
  }

  /// {name: ring} of a strategy.
  void look_for_name(Value& mapping, const TypeInfo& type, const std::string& path) {
    const Entry* name = type.variant_key.empty() ? nullptr : mapping.find(type.variant_key);
    if (name == nullptr || name->value.kind != Kind::scalar || find_variant(type, name->value.text) != nullptr) return;
    const Value written = name->value;
    replace_by_home(written, mapping, type, path);
  }

  /// A word that is a value of another key of this mapping: `model: resnet50`, `strategy: ring`.
  void replace_by_home(const Value& word, Value& mapping, const TypeInfo& type, const std::string& path) {
    for (const KeyInfo& key : type.keys) {
      const auto& choices = key.type.choices;
      if (key.key == type.variant_key || std::find(choices.begin(), choices.end(), word.text) == choices.end())
        continue;
      const Variant* variant = usual_variant_with(type, key.key);
      if (variant == nullptr) continue;
      Value meant{.kind = Kind::map, .position = word.position};
      meant.entries.push_back({type.variant_key, word.position, scalar(variant->name, word.position)});
      meant.entries.push_back({key.key, word.position, scalar(word.text, word.position)});
      reader_.error(word.position, fmt::format("{} is \"{}\", which is a value of {}.{}: write {}: {}", path, word.text,
                                               path, key.key, path, flow_text(meant)));
      mapping = meant;
      return;
    }
  }

  /// What a scenario takes that names none, if it has this key; else the first that has it; null: none has.
  static const Variant* usual_variant_with(const TypeInfo& type, const std::string& key) {
    const Variant* first = nullptr;
    for (const Variant& variant : type.variants) {
      if (std::find(variant.keys.begin(), variant.keys.end(), key) == variant.keys.end()) continue;
      if (variant.name == default_strategy().name) return &variant;
      if (first == nullptr) first = &variant;
    }
    return first;
  }

  static Value scalar(const std::string& text, const Position& position) {
    return {.kind = Kind::scalar, .text = text, .position = position};
  }

  const TypeInfo& scenario_;
  std::vector<std::string> paths_;
  Reader& reader_;
};

}  // namespace

void report_misplaced(Value& root, const TypeInfo& scenario, Reader& reader) {
  Search(scenario, reader).look_into(root, scenario, "");
}

}  // namespace tandem
