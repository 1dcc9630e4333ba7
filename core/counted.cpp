#include "core/counted.h"

#include <fmt/format.h>

namespace tandem {

std::string counted(std::int64_t count, std::string_view noun, std::string_view plural) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : plural);
}

}  // namespace tandem
