// The program and the style of report.html, which web/ builds, embedded.
#pragma once

#include <string_view>

namespace tandem {

extern const std::string_view kReportScript;
extern const std::string_view kReportStyle;

}  // namespace tandem
