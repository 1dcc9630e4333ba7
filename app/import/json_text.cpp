#include "app/import/json_text.h"

#include <fmt/format.h>

#include <optional>

namespace tandem {
namespace {

constexpr int kDeepest = 64;

// A callback of nlohmann-json could count levels, too, but with one, time grows with the square of an array's length.
std::optional<std::size_t> first_too_deep(const std::string& text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && (c == '[' || c == '{')) {
      if (++depth > kDeepest) return i;
    } else if (!in_text && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_json_object(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{';
}

std::size_t line_of(const std::string& text, std::size_t byte) { return place_of_byte(text, byte).line; }

nlohmann::json parse_inner_json(const std::string& text, const InputFile& input) {
  if (first_too_deep(text)) input.refuse(fmt::format("a text with more than {} levels of nesting", kDeepest));
  return nlohmann::json::parse(text);
}

nlohmann::json parse_json(const std::string& text, const InputFile& input) {
  if (const auto byte = first_too_deep(text)) {
    refuse_json(input.path(), place_of_byte(text, *byte), fmt::format("more than {} levels of nesting", kDeepest));
  }
  return parse_json_text<nlohmann::json>(text, input.path());
}

}  // namespace tandem
