// Where a number in an imported file comes from, and how sure it is: the comment that stands above it.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

enum class Origin {
  measured,  ///< it stands in the imported file as a measurement
  stated,    ///< it stands in the imported file as a setting
  derived,   ///< it follows from such numbers by the formula that the comment gives
  assumed    ///< the imported file does not say; the comment says why this value
};

/// "# derived: why", broken into lines of at most 120 columns, each indented by `indent` spaces and ended.
std::string origin_comment(Origin origin, std::string_view why, int indent = 0);
/// A comment without an origin, broken likewise.
std::string comment(std::string_view text, int indent = 0);

}  // namespace tandem
