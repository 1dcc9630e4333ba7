// The program and the style of the page that `tandem serve` serves, which web/ builds, embedded.
#pragma once

#include <string_view>

namespace tandem {

extern const std::string_view kServeScript;
extern const std::string_view kServeStyle;

}  // namespace tandem
