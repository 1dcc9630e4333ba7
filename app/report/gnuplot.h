// Runs gnuplot on a script that Tandem wrote.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "app/figures/chart.h"

namespace tandem {

/// Runs `gnuplot SCRIPT` in the script's folder. Returns what went wrong, for people: not installed (and how to install
/// it), its own error text, or no end within `timeout_s` (it is then killed). Empty when all went well.
std::string run_gnuplot(const std::filesystem::path& script, double timeout_s = 60,
                        const std::string& program = "gnuplot");

/// A string literal of gnuplot's, in double quotes.
std::string gnuplot_string(std::string_view text);

/// Label, scale, range and ticks of an axis: 'x' or 'y'.
std::string axis_script(char axis, const Axis& description);

}  // namespace tandem
