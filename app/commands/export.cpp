#include "app/commands/export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/commands/study.h"
#include "app/export/format.h"
#include "app/export/run_trace.h"
#include "app/run/recorded_run.h"
#include "app/scenario/places.h"
#include "app/store/whole_file.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

fs::path path_of(const ExportedFile& file, const fs::path& output) {
  if (file.suffix.empty()) return output;
  return output.parent_path() / (output.stem().string() + file.suffix);
}

/// Plays the scenario's one run.
std::vector<Program> programs_of(const ExportOptions& options) {
  const Study study = prepare_study(load(options.scenario), {});
  if (study.prepared.runs.size() != 1)
    throw UsageError(fmt::format("{}: an export is of one run, and this scenario has {}: name its values by -s",
                                 options.scenario.file, study.prepared.runs.size()));
  const auto refusal = refusal_of_recording(study.prepared.runs.front().scenario);
  if (refusal && study.plan.places) study.plan.places->refuse(*refusal);
  return record_run(study.prepared.runs.front());
}

std::vector<ExportedFile> exported(const ExportFormat& format, const ExportOptions& options) {
  if (format.of_programs != nullptr) {
    const fs::path output = fs::absolute(options.output);
    return format.of_programs(programs_of(options), output.parent_path() / output.stem());
  }
  return {{"", format.of_spans(read_run_trace(options.scenario.file))}};
}

}  // namespace

void add_export(CLI::App& app, ExportOptions& options) {
  CLI::App* command = app.add_subcommand("export", "Write what a run does as files of other tools");
  command->add_option("file", options.scenario.file, "A scenario of one run in the sim world, which is played for it")
      ->required();
  add_overrides(*command, options.scenario.overrides, "Change a key: -s cluster.workers=4 (repeatable)");
  command->add_option("--as", options.format, "The format")->required()->check(CLI::IsMember(export_formats().names()));
  command->add_option("-o,--output", options.output, "The file to write; some formats write one per rank beside it")
      ->required();
  command->add_flag("--force", options.force, "Replace what is there");
  command->footer([] {
    std::string text = "Formats:\n";
    for (const ExportFormat& format : export_formats()) text += fmt::format("  {:<12} {}\n", format.name, format.doc);
    return text;
  });
}

int export_command(const ExportOptions& options) {
  const std::vector<ExportedFile> files = exported(*export_formats().find(options.format), options);
  for (const ExportedFile& file : files) refuse_to_replace(path_of(file, options.output), options.force);
  for (const ExportedFile& file : files) write_whole_file(path_of(file, options.output), file.bytes);
  if (files.size() == 1) {
    fmt::print("written: {}\n", path_of(files.front(), options.output).string());
  } else {
    fmt::print("written: {} to {} ({} files)\n", path_of(files.front(), options.output).string(),
               path_of(files.back(), options.output).string(), files.size());
  }
  return kSuccess;
}

}  // namespace tandem
