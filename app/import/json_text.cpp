#include "app/import/json_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

// A callback of nlohmann-json could count levels, too, but with one, time grows with the square of an array's length.
void refuse_depth(const std::string& text, const InputFile& input) {
  constexpr int kDeepest = 64;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && (c == '[' || c == '{')) {
      if (++depth > kDeepest) input.refuse(line_of(text, i), fmt::format("more than {} levels of nesting", kDeepest));
    } else if (!in_text && (c == ']' || c == '}')) {
      --depth;
    }
  }
}

}  // namespace

bool is_json_object(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{';
}

std::size_t line_of(const std::string& text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

nlohmann::json parse_json(const std::string& text, const InputFile& input) {
  refuse_depth(text, input);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string what = error.what();
    const std::size_t colon = what.rfind("; last read");
    const std::size_t begin = what.find(": ");
    input.refuse(line_of(text, error.byte),
                 "not valid JSON" + (begin == std::string::npos ? "" : what.substr(begin, colon - begin)));
  } catch (const nlohmann::json::exception& error) {
    input.refuse(fmt::format("not valid JSON ({})", error.what()));
  }
}

}  // namespace tandem
