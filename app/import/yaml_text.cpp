#include "app/import/yaml_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace tandem {

YamlText::YamlText(const InputFile& input) : source_{input.path(), input.text()} {
  Diagnostics diagnostics;
  root_ = parse_yaml(source_, diagnostics);
  diagnostics.throw_if_any();
}

const Value& YamlText::at(const Value& of, std::string_view key) const {
  if (const Entry* entry = of.find(key)) return entry->value;
  refuse(of.position, fmt::format("there is no \"{}\" here", key));
}

const std::vector<Value>& YamlText::list(const Value& value) const {
  if (value.kind != Value::Kind::list || value.items.empty())
    refuse(value.position, fmt::format("a list is expected, not {}", describe(value)));
  return value.items;
}

double YamlText::number(const Value& value, double least) const {
  double number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, number);
  const bool is_number = value.kind == Value::Kind::scalar && error == std::errc{} && stop == end;
  if (!is_number || !std::isfinite(number))
    refuse(value.position, fmt::format("a number is expected, not {}", describe(value)));
  if (number < least) refuse(value.position, fmt::format("{} is below {}", value.text, least));
  return number;
}

void YamlText::refuse(const Position& place, const std::string& text) const {
  Diagnostics diagnostics;
  diagnostics.add({place, text, {}, {}});
  diagnostics.throw_if_any();
  throw ScenarioError(text, 1);
}

}  // namespace tandem
