#include "app/import/json_text.h"

#include <fmt/format.h>

namespace tandem {

bool is_json_object(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{';
}

std::size_t line_of(const std::string& text, std::size_t byte) { return place_of_byte(text, byte).line; }

nlohmann::json parse_inner_json(const std::string& text, const InputFile& input) {
  if (first_too_deep(text)) input.refuse(fmt::format("a text with more than {} levels of nesting", kDeepestJson));
  return nlohmann::json::parse(text);
}

nlohmann::json parse_json(const std::string& text, const InputFile& input) {
  return parse_json_text<nlohmann::json>(text, input.path());
}

}  // namespace tandem
