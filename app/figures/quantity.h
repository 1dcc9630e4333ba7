// Numbers for people: three digits and a prefix.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// 0.00213, "s" -> "2.13 ms"; 51234, "samples/s" -> "51.2k"; NaN -> "-". Seconds and bytes keep their unit, others only
/// the prefix because the heading names them.
std::string human_quantity(double value, std::string_view unit);

/// As few digits as `value` needs, for the ticks of an axis, with the prefix that suits `like`: "0.5 s" below "2 s".
std::string tick_text(double value, std::string_view unit, double like);

}  // namespace tandem
