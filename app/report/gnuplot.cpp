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

}  // namespace tandem
