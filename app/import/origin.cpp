#include "app/import/origin.h"

#include <fmt/format.h>

#include <sstream>

namespace tandem {
namespace {

std::string_view word_of(Origin origin) {
  switch (origin) {
    case Origin::measured:
      return "measured";
    case Origin::stated:
      return "stated";
    case Origin::derived:
      return "derived";
    case Origin::assumed:
      return "assumed";
  }
  return "";
}

}  // namespace

std::string comment(std::string_view text, int indent) {
  constexpr std::size_t kColumns = 120;
  const std::string start = std::string(static_cast<std::size_t>(indent), ' ') + "#";
  std::string all, line = start;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > kColumns && line != start) {
      all += line + "\n";
      line = start;
    }
    line += " " + word;
  }
  return all + line + "\n";
}

std::string origin_comment(Origin origin, std::string_view why, int indent) {
  return comment(fmt::format("{}: {}", word_of(origin), why), indent);
}

}  // namespace tandem
