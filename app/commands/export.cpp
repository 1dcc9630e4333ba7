#include "app/commands/export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/command.h"
#include "app/export/format.h"
#include "app/export/run_trace.h"
#include "app/store/whole_file.h"

namespace tandem {

void add_export(CLI::App& app, ExportOptions& options) {
  CLI::App* command = app.add_subcommand("export", "Turn a run's trace.json into a file of another tool");
  command->add_option("trace", options.trace, "trace.json of a run with `trace: true`; Perfetto reads it as it is")
      ->required();
  command->add_option("--as", options.format, "The format")->required()->check(CLI::IsMember(export_formats().names()));
  command->add_option("-o,--output", options.output, "The file to write")->required();
  command->add_flag("--force", options.force, "Replace that file");
  command->footer([] {
    std::string text = "Formats:\n";
    for (const ExportFormat& format : export_formats()) text += fmt::format("  {:<8} {}\n", format.name, format.doc);
    return text;
  });
}

int export_command(const ExportOptions& options) {
  refuse_to_replace(options.output, options.force);
  write_whole_file(options.output, export_formats().find(options.format)->write(read_run_trace(options.trace)));
  fmt::print("written: {}\n", options.output);
  return kSuccess;
}

}  // namespace tandem
