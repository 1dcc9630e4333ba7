#include "core/config/options.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tandem {
namespace {

const Alternative* find_alternative(const std::vector<Alternative>& alternatives, std::string_view name) {
  for (const Alternative& alternative : alternatives) {
    if (alternative.name == name) return &alternative;
  }
  return nullptr;
}

// The keys of all alternatives as one mapping. Where defaults differ, the text names the alternative of each.
TypeInfo merged_info(const std::vector<Alternative>& alternatives, const std::string& what) {
  TypeInfo info{.shape = Shape::mapping, .variant_key = "name"};
  TypeInfo names{.shape = Shape::choice};
  for (const Alternative& alternative : alternatives) names.choices.push_back(alternative.name);
  std::vector<KeyInfo>& keys = info.keys.edit();
  keys.push_back({.key = "name", .doc = what, .type = names, .required = true, .default_text = ""});

  std::map<std::string, std::vector<std::pair<std::string, std::string>>> defaults;  // key -> (name, default)
  for (const Alternative& alternative : alternatives) {
    Variant variant{.name = alternative.name, .doc = alternative.doc, .keys = {}};
    for (const OptionTable& table : alternative.tables) {
      for (const KeyInfo& key : table.keys().info.keys) {
        variant.keys.push_back(key.key);
        defaults[key.key].emplace_back(alternative.name, key.default_text);
        const bool is_known =
            std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& known) { return known.key == key.key; });
        if (!is_known) keys.push_back(key);
      }
    }
    info.variants.edit().push_back(std::move(variant));
  }
  for (KeyInfo& key : keys) {
    const auto& all = defaults[key.key];
    const bool differ =
        std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.second != all[0].second; });
    if (!differ) continue;
    std::vector<std::string> texts;
    for (const auto& [name, text] : all) texts.push_back(fmt::format("{}: {}", name, text));
    key.default_text = fmt::format("{}", fmt::join(texts, "; "));
  }
  return info;
}

Value with_name_alone(const Value& value) {
  Value map{.kind = Value::Kind::map, .position = value.position};
  map.entries.push_back({"name", value.position, value});
  return map;
}

}  // namespace

std::vector<std::string> key_names(const OptionTable& table) {
  std::vector<std::string> names;
  for (const KeyInfo& key : table.keys().info.keys) names.push_back(key.key);
  return names;
}

Choice default_choice(const Alternative& alternative) {
  Choice choice{.name = alternative.name, .options = {}};
  for (const OptionTable& table : alternative.tables) choice.options.push_back(table.keys().defaults);
  return choice;
}

std::string label_of(const Choice& choice, const std::vector<Alternative>& alternatives) {
  std::string label = choice.name;
  const Alternative* alternative = find_alternative(alternatives, choice.name);
  if (alternative == nullptr) return label;
  for (std::size_t i = 0; i < choice.options.size(); ++i) {
    const std::string words = alternative->tables[i].keys().label(choice.options[i]);
    if (!words.empty()) label += " " + words;
  }
  return label;
}

Type<Choice> choice_among(const std::vector<Alternative>& alternatives, const std::string& what, bool name_alone) {
  TypeInfo info = merged_info(alternatives, what);
  info.name_alone = name_alone;
  const auto read = [info, alternatives](const Value& given, Reader& reader, Choice& into) {
    const bool is_name = info.name_alone && given.kind == Value::Kind::scalar;
    const Value value = is_name ? with_name_alone(given) : given;
    if (!check_mapping(value, info, reader)) return;
    const Entry* name = value.find("name");
    if (name == nullptr) return;
    std::size_t index = alternatives.size();
    {
      std::optional<Reader::Step> step;
      if (!is_name) step.emplace(reader, "name", name->position);
      read_choice(name->value, info.keys.front().type, reader, index);
    }
    if (index == alternatives.size()) return;
    const Alternative& alternative = alternatives[index];
    Choice choice = default_choice(alternative);
    for (std::size_t i = 0; i < choice.options.size(); ++i) {
      alternative.tables[i].keys().read(value, reader, choice.options[i]);
    }
    into = std::move(choice);
  };
  const auto write = [name_alone, alternatives](const Choice& choice) {
    const Alternative* alternative = find_alternative(alternatives, choice.name);
    if (alternative == nullptr) return Json();
    Json map = {{"name", choice.name}};
    for (std::size_t i = 0; i < choice.options.size(); ++i) {
      map.update(alternative->tables[i].keys().write(choice.options[i]));
    }
    return name_alone && map.size() == 1 ? Json(choice.name) : map;
  };
  return {info, read, write};
}

Choice parse_choice(const std::string& yaml, const Type<Choice>& type) {
  const Source source{.name = "choice", .text = yaml};
  Diagnostics diagnostics;
  const Value value = parse_yaml(source, diagnostics);
  Reader reader(diagnostics, value.position, "the choice");
  Choice choice;
  type.read(value, reader, choice);
  diagnostics.throw_if_any();
  return choice;
}

}  // namespace tandem
