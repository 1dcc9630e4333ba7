#include "app/scenario/resolved.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/config/json.h"

namespace tandem {
namespace {

// Text that YAML reads as the same text without quotation marks.
bool is_plain(const std::string& text) {
  const auto is_of_a_word = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '/'; };
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), is_of_a_word);
}

std::string flow(const Json& value) {
  std::vector<std::string> parts;
  if (value.is_object()) {
    for (const auto& [key, part] : value.items()) parts.push_back(fmt::format("{}: {}", key, flow(part)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  if (value.is_array()) {
    for (const Json& part : value) parts.push_back(flow(part));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  if (value.is_string() && is_plain(value.get<std::string>())) return value.get<std::string>();
  return value.dump();
}

std::string block(const Json& map, int indent, int levels) {
  std::string text;
  for (const auto& [key, value] : map.items()) {
    text += fmt::format("{:{}}{}:", "", indent, key);
    const bool is_block = value.is_object() && levels > 1;
    text += is_block ? "\n" + block(value, indent + 2, levels - 1) : " " + flow(value) + "\n";
  }
  return text;
}

}  // namespace

std::string resolved_text(const Json& scenario, int indent) {
  constexpr int kLevels = 2;
  return block(scenario, indent, kLevels);
}

}  // namespace tandem
