#include "app/report/gnuplot.h"

#include <fmt/format.h>

#include <system_error>

#include "core/process/program.h"

namespace tandem {

std::string run_gnuplot(const std::filesystem::path& script, double timeout_s, const std::string& program) {
  try {
    // --default-settings: a user's own start-up file must not change the figure.
    const ProgramResult result = run_program({program, "--default-settings", script.filename().string()},
                                             {.folder = script.parent_path(), .timeout_s = timeout_s});
    if (!result.ended_in_time) return fmt::format("{} {} did not end within {} s", program, script.string(), timeout_s);
    return result.end.is_success() ? "" : fmt::format("{} {} failed: {}", program, script.string(), result.errors);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) return error.what();
    return fmt::format("{} was not found: install it (apt install gnuplot-nox), then run `gnuplot {}` in {}", program,
                       script.filename().string(), script.parent_path().string());
  }
}

std::string gnuplot_string(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '\n') {
      literal += "\\n";
    } else if (c == '"' || c == '\\') {
      literal += '\\';
      literal += c;
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

std::string axis_script(char axis, const Axis& description) {
  std::string text = fmt::format("set {0}label {1}\nunset logscale {0}\nset {0}range [{2:.6g}:{3:.6g}]\n{4}", axis,
                                 gnuplot_string(description.label), description.low, description.high,
                                 description.is_logarithmic ? fmt::format("set logscale {}\n", axis) : "");
  if (description.ticks.empty()) return text + fmt::format("set {}tics nomirror autofreq\n", axis);
  std::vector<std::string> ticks;
  for (const auto& [at, name] : description.ticks) ticks.push_back(fmt::format("{} {:.6g}", gnuplot_string(name), at));
  return text + fmt::format("set {}tics nomirror ({})\n", axis, fmt::join(ticks, ", "));
}

}  // namespace tandem
