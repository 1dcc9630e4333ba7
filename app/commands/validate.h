// tandem validate: checks whether `run` could begin. It loads and checks the data; it runs and writes nothing.
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

/// Prints a line on stdout per correct file, and the mistakes of the others on stderr. Returns 0, or 2 when a file has
/// mistakes.
int validate_command(const ValidateOptions& options);

}  // namespace tandem
