// `tandem export`: a traced run becomes a file of another tool.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct ExportOptions {
  std::string trace;
  std::string format;
  std::string output;
  bool force = false;
};

void add_export(CLI::App& app, ExportOptions& options);
int export_command(const ExportOptions& options);

}  // namespace tandem
