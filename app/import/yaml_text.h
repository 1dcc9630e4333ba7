// YAML, or JSON read as YAML, that somebody brings: values with their places, so that a mistake is shown where it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/import/input.h"
#include "core/config/document.h"

namespace tandem {

class YamlText {
 public:
  /// Throws ScenarioError at the place of a syntax error.
  explicit YamlText(const InputFile& input);

  const Value& root() const { return root_; }
  /// Throws ScenarioError where the mapping `of` has no such key.
  const Value& at(const Value& of, std::string_view key) const;
  /// Throws ScenarioError where it is no list, or holds nothing.
  const std::vector<Value>& list(const Value& value) const;
  /// Throws ScenarioError where it is no finite number, or below `least`.
  double number(const Value& value, double least) const;
  [[noreturn]] void refuse(const Position& place, const std::string& text) const;

 private:
  Source source_;
  Value root_;
};

}  // namespace tandem
