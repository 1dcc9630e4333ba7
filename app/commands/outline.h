// The command line as data: what --help shows, for the man page and for completion.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tandem {

struct OptionOutline {
  std::vector<std::string> names;  ///< "-w", "--world"; a positional has one, without dashes
  std::string doc;
  bool is_positional = false;
  bool takes_value = false;
  std::vector<std::string> words;  ///< what it may be, where that is a short list
};

struct CommandOutline {
  std::string name;  ///< "run", "lab new"
  std::string doc;
  std::vector<std::string> subcommands;  ///< "new", "check": a command is then given by two words
  std::vector<OptionOutline> options;
  std::vector<std::string> examples;
};

/// Every command that --help lists, and their subcommands behind them.
std::vector<CommandOutline> outline_of(const CLI::App& app);

/// Puts examples under the --help of every command that has some.
void add_examples(CLI::App& app);

}  // namespace tandem
