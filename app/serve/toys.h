// Small studies that `tandem serve` shows by itself: each has one question, and one thing to try.
#pragma once

#include <span>
#include <string_view>

namespace tandem {

struct Toy {
  std::string_view name;
  std::string_view task;              ///< what to try, for whoever opens it
  std::string_view scenario;          ///< YAML
  std::string_view over = "workers";  ///< the lever that the figure has along x
};

std::span<const Toy> toys();

}  // namespace tandem
