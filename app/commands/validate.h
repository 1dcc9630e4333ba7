// tandem validate: can `run` begin with a scenario? Data is loaded and checked; nothing is run and nothing is written.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tandem {

struct ValidateOptions {
  std::vector<std::string> files;
  std::vector<std::string> overrides;  ///< key=value
};

void add_validate(CLI::App& app, ValidateOptions& options);

/// A line on stdout for each file that is right; the mistakes of the others on stderr. Returns 0, or 2 when a file has
/// mistakes.
int validate_command(const ValidateOptions& options);

}  // namespace tandem
