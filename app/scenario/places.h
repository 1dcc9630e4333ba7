// Where a scenario's keys were written, for mistakes that show only once its data and its model are known.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "app/scenario/rules.h"
#include "core/config/diagnostics.h"
#include "core/config/document.h"

namespace tandem {

class Places {
 public:
  /// `sources` are what the positions of `tree` point into.
  Places(std::shared_ptr<const std::deque<Source>> sources, Value tree)
      : sources_(std::move(sources)), tree_(std::move(tree)) {}

  /// Where the key of this path stands, such as "elastic[0].at"; where only a part of it is given, that part.
  Position of(std::string_view path) const;
  /// Throws ScenarioError with this mistake.
  [[noreturn]] void refuse(const Conflict& conflict) const;

 private:
  std::shared_ptr<const std::deque<Source>> sources_;
  Value tree_;
};

}  // namespace tandem
