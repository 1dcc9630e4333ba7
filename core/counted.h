// Numbers of things as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// "1 worker", "3 workers"; with the plural "es": "2 micro-batches".
std::string counted(std::int64_t count, std::string_view noun, std::string_view plural = "s");

}  // namespace tandem
