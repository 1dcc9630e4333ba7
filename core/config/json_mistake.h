// What is wrong with JSON that somebody brings: in plain words, and where.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/json.h"

namespace tandem {

/// A place in a text, from 1; a column is a character.
struct TextPlace {
  std::size_t line = 1, column = 1;
};

TextPlace place_of_byte(std::string_view text, std::size_t byte);

/// Where the value begins to which these keys and indices lead: {"runs", "3", "cost_s"}. `text` must be valid JSON.
/// Where one leads nowhere, the place of the value that lacks it.
TextPlace place_of_value(std::string_view text, const std::vector<std::string>& steps);

/// "\"Id\" is missing", "a number is expected, not a text": without what only the library's authors know.
std::string in_plain_words(const Json::exception& error);

/// Where a stream is no JSON; columns are bytes.
TextPlace place_of_parse_error(const Json::exception& error);

/// "path:line:column: error: what".
[[noreturn]] void refuse_json(std::string_view path, TextPlace place, std::string_view what);

[[noreturn]] void refuse_too_deep(std::string_view path, TextPlace place);

/// How deep lists and mappings may lie in each other: what walks a value calls itself for each level, so a file of
/// brackets alone would end the program.
inline constexpr int kDeepestJson = 64;

/// The byte at which a text goes deeper than that.
std::optional<std::size_t> first_too_deep(std::string_view text);

/// Parses a text into Json or nlohmann::json. Throws ScenarioError with the place where it is no JSON, or too deep.
template <class AnyJson = Json>
AnyJson parse_json_text(std::string_view text, std::string_view path) {
  if (const auto byte = first_too_deep(text)) refuse_too_deep(path, place_of_byte(text, *byte));
  try {
    return AnyJson::parse(text);
  } catch (const typename AnyJson::parse_error& error) {
    // The byte is the last one that was read, counted from 1.
    refuse_json(path, place_of_byte(text, error.byte > 0 ? error.byte - 1 : 0),
                "not valid JSON: " + in_plain_words(error));
  } catch (const typename AnyJson::exception& error) {
    refuse_json(path, {}, "not valid JSON: " + in_plain_words(error));
  }
}

}  // namespace tandem
