// The codecs that the page offers.
#pragma once

#include <string>
#include <vector>

namespace tandem {

std::vector<std::string> codec_names();

}  // namespace tandem
