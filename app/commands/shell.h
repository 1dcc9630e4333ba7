// tandem completion, tandem man: what shells and `man` read, made from the command line's own description.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct CompletionOptions {
  std::string shell;
};

void add_completion(CLI::App& app, CompletionOptions& options);
void add_man(CLI::App& app);

/// Prints a script for the shell: its words complete commands, options, and values of which there are few.
int completion_command(const CLI::App& app, const CompletionOptions& options);
/// Prints a manual page in roff.
int man_command(const CLI::App& app);

}  // namespace tandem
