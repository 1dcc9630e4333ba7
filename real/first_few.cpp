#include "real/first_few.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace tandem::real {

std::string first_few(const std::vector<int>& numbers) {
  constexpr std::size_t kNamed = 8;
  const std::size_t named = std::min(kNamed, numbers.size());
  std::string text = fmt::format("{}", fmt::join(std::span(numbers).first(named), ", "));
  if (numbers.size() > named) text += fmt::format(" and {} more", numbers.size() - named);
  return text;
}

}  // namespace tandem::real
