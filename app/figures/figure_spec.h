// One figure of a report, as the scenario asks for it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Its kind, and its options as they are written.
struct FigureSpec {
  std::string figure;
  std::vector<std::pair<std::string, std::string>> options = {};

  /// Empty where the option is not given.
  std::string option(std::string_view key) const;
  bool has_flag(std::string_view key) const { return option(key) == "true"; }
};

}  // namespace tandem
