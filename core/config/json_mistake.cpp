#include "core/config/json_mistake.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/config/diagnostics.h"

namespace tandem {
namespace {

bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// Walks over the values of a text that is known to be JSON.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) { skip_blanks(); }

  std::size_t at() const { return at_; }

  /// Goes to the value of this key or index; stays, and returns false, where there is none.
  bool enter(const std::string& step) {
    const std::size_t begin = at_;
    const bool is_map = peek() == '{';
    std::size_t left = 0;
    if (!is_map) std::from_chars(step.data(), step.data() + step.size(), left);
    if (is_map || peek() == '[') {
      next();
      while (peek() != '}' && peek() != ']' && peek() != '\0') {
        const std::string_view key = is_map ? skip_value() : std::string_view();
        if (is_map) next();  // the colon
        if (is_map ? key == "\"" + step + "\"" : left-- == 0) return true;
        skip_value();
        if (peek() == ',') next();
      }
    }
    at_ = begin;
    return false;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void next() {
    ++at_;
    skip_blanks();
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_text() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  /// Returns the value's text.
  std::string_view skip_value() {
    const std::size_t begin = at_;
    int depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        skip_text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      const bool is_scalar = std::string_view("{}[],:").find(c) == std::string_view::npos;
      at_ = is_scalar ? std::min(text_.find_first_of("{}[],: \t\r\n", at_), text_.size()) : at_ + 1;
      if (depth > 0) skip_blanks();
    } while (depth > 0 && at_ < text_.size());
    const std::string_view value = text_.substr(std::min(begin, text_.size()), at_ - begin);
    skip_blanks();
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
    {"array", "a list"},    {"object", "a mapping"},      {"string", "a text"},
    {"number", "a number"}, {"boolean", "true or false"}, {"null", "nothing"}};

std::string kind_of(std::string_view name) {
  for (const auto& [known, plain] : kKinds) {
    if (name == known) return std::string(plain);
  }
  return std::string(name);
}

/// What stands between two words; empty where it does not.
std::string_view between(std::string_view text, std::string_view first, std::string_view last) {
  const std::size_t begin = text.find(first);
  if (begin == text.npos) return {};
  text.remove_prefix(begin + first.size());
  return last.empty() ? text : text.substr(0, text.find(last));
}

std::string syntax_in_plain_words(std::string_view what) {
  if (what.find("unexpected end of input") != what.npos || what.find("missing closing quote") != what.npos)
    return "it ends in the middle of a value";
  if (what.find("ill-formed UTF-8") != what.npos) return "a byte that is not UTF-8";
  if (what.find("control character") != what.npos) return "a control character in a text, such as a line's end";
  if (const auto unexpected = between(what, "unexpected ", ";"); !unexpected.empty()) {
    std::string_view expected = between(what, "; expected ", "");
    if (expected == "'[', '{', or a literal") expected = "a value";
    return expected.empty() ? fmt::format("{} has no place here", unexpected)
                            : fmt::format("{} has no place here; expected: {}", unexpected, expected);
  }
  const std::string_view last_read = between(what, "last read: ", "");
  const std::string_view why = between(what, " - ", ";");
  return fmt::format("{}{}", why.empty() ? what : why, last_read.empty() ? "" : fmt::format(" {}", last_read));
}

}  // namespace

TextPlace place_of_byte(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 where there is none
  const std::string_view line = before.substr(line_begin);
  const auto inside = static_cast<std::size_t>(std::count_if(line.begin(), line.end(), is_inside_character));
  return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')), 1 + line.size() - inside};
}

TextPlace place_of_value(std::string_view text, const std::vector<std::string>& steps) {
  Walk walk(text);
  for (const std::string& step : steps) {
    if (!walk.enter(step)) break;
  }
  return place_of_byte(text, walk.at());
}

std::string in_plain_words(const Json::exception& error) {
  std::string_view what = error.what();
  if (what.starts_with("[json.exception.")) what = between(what, "] ", "");
  if (const auto key = between(what, "key '", "' not found"); !key.empty())
    return fmt::format("\"{}\" is missing", key);
  if (const auto kinds = between(what, "type must be ", ""); !kinds.empty()) {
    return fmt::format("{} is expected, not {}", kind_of(kinds.substr(0, kinds.find(','))),
                       kind_of(between(kinds, "but is ", "")));
  }
  if (what.starts_with("cannot use ")) {
    const std::size_t with = what.rfind(" with ");
    return fmt::format("a mapping is expected, not {}", kind_of(with == what.npos ? "" : what.substr(with + 6)));
  }
  if (what.starts_with("parse error")) return syntax_in_plain_words(what);
  return std::string(what);
}

TextPlace place_of_parse_error(const Json::exception& error) {
  TextPlace place;
  const std::string_view what = error.what();
  const auto read = [&](std::string_view before, std::size_t& number) {
    const std::string_view digits = between(what, before, "");
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
  };
  read(" at line ", place.line);
  read(", column ", place.column);
  return place;
}

// A callback of nlohmann-json could count levels, too, but with one, time grows with the square of an array's length.
std::optional<std::size_t> first_too_deep(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && (c == '[' || c == '{')) {
      if (++depth > kDeepestJson) return i;
    } else if (!in_text && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return std::nullopt;
}

void refuse_too_deep(std::string_view path, TextPlace place) {
  refuse_json(path, place, fmt::format("more than {} levels of nesting", kDeepestJson));
}

void refuse_json(std::string_view path, TextPlace place, std::string_view what) {
  throw ScenarioError(fmt::format("{}:{}:{}: error: {}", path, place.line, place.column, what), 1);
}

}  // namespace tandem
