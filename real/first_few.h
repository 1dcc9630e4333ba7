// Many ranks may be missing at once: an error names the first of them.
#pragma once

#include <string>
#include <vector>

namespace tandem::real {

/// "1, 2, 5"; of more than eight numbers the first eight, and how many more there are.
std::string first_few(const std::vector<int>& numbers);

}  // namespace tandem::real
