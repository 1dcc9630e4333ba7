// `tandem export`: what a run did becomes files of another tool.
#pragma once

#include <string>

#include "app/commands/command.h"

namespace tandem {

struct ExportOptions {
  ScenarioOptions scenario;  ///< the file: a scenario, or the trace.json of a run
  std::string format;
  std::string output;
  bool force = false;
};

void add_export(CLI::App& app, ExportOptions& options);
int export_command(const ExportOptions& options);

}  // namespace tandem
