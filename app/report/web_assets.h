// What web/ builds, embedded: the program and the style of report.html.
#pragma once

#include <string_view>

namespace tandem {

extern const std::string_view kReportScript;
extern const std::string_view kReportStyle;

}  // namespace tandem
