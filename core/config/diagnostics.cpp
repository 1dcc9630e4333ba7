#include "core/config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

namespace tandem {
namespace {

constexpr std::size_t kShown = 20;

std::string_view line_of(std::string_view text, int line) {
  for (int i = 0; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// Column as an editor counts it: characters, from 1.
int shown_column(std::string_view line, int column) {
  const std::string_view before = line.substr(0, static_cast<std::size_t>(column));
  return 1 +
         static_cast<int>(std::count_if(before.begin(), before.end(), [](char c) { return !continues_character(c); }));
}

/// The space before the caret, up to its column: tabs stay tabs, any other character is one space.
std::string caret_indent(std::string_view line, int column) {
  std::string indent;
  for (char c : line.substr(0, static_cast<std::size_t>(column))) {
    if (!continues_character(c)) indent += c == '\t' ? '\t' : ' ';
  }
  return indent;
}

/// A part of a long line around the column, so that a caret is seen in any terminal.
struct Excerpt {
  std::string_view text;
  int column;
};

Excerpt excerpt(std::string_view line, int column) {
  constexpr std::size_t kWidest = 160;
  column = std::min(column, static_cast<int>(line.size()));
  if (line.size() <= kWidest) return {line, column};
  std::size_t begin = std::max(0, column - static_cast<int>(kWidest / 2));
  while (begin > 0 && continues_character(line[begin])) --begin;
  std::size_t end = std::min(line.size(), begin + kWidest);
  while (end < line.size() && continues_character(line[end])) ++end;
  return {line.substr(begin, end - begin), column - static_cast<int>(begin)};
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  const Position& position = diagnostic.position;
  const bool has_line = position.line != Position::kNoLine && !position.source->is_override;
  std::string text = position.source->name;
  if (has_line) {
    const std::string_view line = line_of(position.source->text, position.line);
    const int column = std::min(position.column, static_cast<int>(line.size()));
    const Excerpt shown = excerpt(line, column);
    text += fmt::format(":{}:{}: error: {}\n", position.line + 1, shown_column(line, column), diagnostic.text);
    text += fmt::format("  {}\n  {}^\n", shown.text, caret_indent(shown.text, shown.column));
  } else {
    text += fmt::format(": error: {}\n", diagnostic.text);
  }
  if (!diagnostic.suggestion.empty()) text += fmt::format("  did you mean \"{}\"?\n", diagnostic.suggestion);
  if (!diagnostic.allowed.empty()) text += fmt::format("  allowed: {}\n", diagnostic.allowed);
  return text;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (seen_.insert(format(diagnostic)).second) kept_.push_back(std::move(diagnostic));
}

void Diagnostics::throw_if_any() const {
  if (kept_.empty()) return;
  std::vector<const Diagnostic*> ordered;
  for (const Diagnostic& diagnostic : kept_) ordered.push_back(&diagnostic);
  std::stable_sort(ordered.begin(), ordered.end(), [](const Diagnostic* a, const Diagnostic* b) {
    const auto key = [](const Position& p) {
      const std::string_view file = p.source->is_override ? "" : std::string_view(p.source->name);
      return std::make_tuple(p.source->is_override, file, p.line, p.column);
    };
    return key(a->position) < key(b->position);
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, ordered.size()); ++i) text += format(*ordered[i]);
  if (ordered.size() > kShown) text += fmt::format("and {} more\n", ordered.size() - kShown);
  text.pop_back();
  throw ScenarioError(text, ordered.size());
}

}  // namespace tandem
