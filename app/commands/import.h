// `tandem import`: a file from elsewhere becomes a file that scenarios use.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct ImportOptions {
  std::string file;
  std::string format;  ///< a name in import_formats(); empty: told by the file's content
  std::string output;  ///< empty: the main text goes to standard output
  bool force = false;
};

void add_import(CLI::App& app, ImportOptions& options);
int import_command(const ImportOptions& options);

}  // namespace tandem
