// "did you mean": the allowed name that is nearest to what was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The name with the smallest edit distance (insert, delete, replace, swap neighbours; case does not count), if it is
/// near enough to have been meant: at most a third of the letters differ. Else empty.
std::string nearest(std::string_view written, const std::vector<std::string>& allowed);
/// Follows what was written in a sentence: `; did you mean "ring"?`, or nothing.
std::string did_you_mean(std::string_view written, const std::vector<std::string>& allowed);

}  // namespace tandem
