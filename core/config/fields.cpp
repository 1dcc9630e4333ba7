#include "core/config/fields.h"

#include <fmt/format.h>

namespace tandem {

Type<bool> flag() {
  const TypeInfo info{.shape = Shape::flag};
  return {info, [info](const Value& value, Reader& reader, bool& into) { read_flag(value, info, reader, into); },
          [](const bool& on) { return Json(on); }};
}

Type<double> number(Bounds bounds) {
  const TypeInfo info{.shape = Shape::number, .bounds = bounds};
  return {info, [info](const Value& value, Reader& reader, double& into) { read_number(value, info, reader, into); },
          [](const double& number) { return Json(number); }};
}

Type<RankSet> ranks() {
  const TypeInfo info{.shape = Shape::ranks};
  const auto write = [](const RankSet& held) {
    Json list = Json::array();
    for (const RankRange& range : held.ranges) {
      const std::string step = range.step == 1 ? "" : fmt::format("/{}", range.step);
      if (range.first == range.last) {
        list.push_back(range.first);
      } else {
        list.push_back(fmt::format("{}-{}{}", range.first, range.last, step));
      }
    }
    return list.empty() ? Json() : list.size() == 1 ? list[0] : list;
  };
  return {info, [info](const Value& value, Reader& reader, RankSet& into) { read_ranks(value, info, reader, into); },
          write};
}

Type<std::string> text() {
  const TypeInfo info{.shape = Shape::text};
  return {info, [info](const Value& value, Reader& reader, std::string& into) { read_text(value, info, reader, into); },
          [](const std::string& words) { return words.empty() ? Json() : Json(words); }};
}

Type<std::string> choice_of(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& name : names) pairs.emplace_back(name, name);
  return choice(std::move(pairs));
}

Type<std::string> choice_or_file(const std::vector<std::string>& names) {
  TypeInfo info = choice_of(names).info;
  info.or_file = true;
  const auto read = [info](const Value& value, Reader& reader, std::string& into) {
    std::size_t index = info.choices.size();
    const bool is_file = value.kind == Value::Kind::scalar && names_yaml_file(value.text);
    if (!is_file) read_choice(value, info, reader, index);
    if (is_file || index < info.choices.size()) into = value.text;
  };
  return {info, read, text().write};
}

Type<Value> any_mapping() {
  const TypeInfo info{.shape = Shape::any_mapping};
  const auto read = [info](const Value& value, Reader& reader, Value& into) {
    if (value.kind != Value::Kind::map) return reader.wrong_value(value, info);
    into = value;
  };
  return {info, read, [](const Value&) { return Json(); }};
}

}  // namespace tandem
