#include "app/commands/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "app/commands/command.h"
#include "app/import/format.h"
#include "app/scenario/cluster_fields.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

fs::path path_of(const ImportedText& text, const fs::path& output) {
  if (text.suffix.empty()) return output;
  return output.parent_path() / (output.stem().string() + text.suffix);
}

std::string formats_text() {
  std::string text = "Formats, told by content:\n";
  for (const ImportFormat& format : import_formats()) text += fmt::format("  {:<17} {}\n", format.name, format.doc);
  return text;
}

/// Refuses a cluster that no scenario could read, such as one whose latency is hours.
void check_cluster(const ImportedText& cluster, const std::string& file) {
  const Source source{fmt::format("the cluster of {}", file), cluster.text};
  Diagnostics diagnostics;
  const Value keys = parse_yaml(source, diagnostics);
  diagnostics.throw_if_any();
  Reader reader(diagnostics, keys.position);
  Cluster unused;
  cluster_fields().type().read(keys, reader, unused);
  diagnostics.throw_if_any();
}

/// The format's function for one file, or for a set of files.
Imported import_from(const ImportOptions& options, const ImportFormat*& format, const std::string& stem) {
  const bool is_set = options.file.find(kRankInName) != std::string::npos;
  const std::vector<std::string> files = is_set ? files_of_set(options.file) : std::vector{options.file};
  const InputFile first(files.front());
  format = options.format.empty() ? &format_of(first) : import_formats().find(options.format);
  if (!is_set) return format->read(first, stem);
  if (format->read_set == nullptr) first.refuse(fmt::format("{} has one file, not one per rank", format->name));
  return format->read_set(files, stem);
}

/// The path of the text with this suffix; empty where there is none.
std::string path_with(const std::string& suffix, const Imported& imported, const fs::path& output) {
  for (const ImportedText& text : imported.texts) {
    if (text.suffix == suffix) return path_of(text, output).string();
  }
  return {};
}

/// What to do with what was written.
std::string next_text(const Imported& imported, const ImportFormat& format, const fs::path& output) {
  const std::string scenario = path_with("-scenario.yaml", imported, output),
                    measured = path_with("-measured.csv", imported, output);
  if (!measured.empty()) return fmt::format("next: tandem compare {} --measured {}", scenario, measured);
  if (!scenario.empty()) return fmt::format("next: tandem run {}", scenario);
  if (format.kind == ImportedKind::cluster) return fmt::format("in a scenario: cluster: {{from: {}}}", output.string());
  return fmt::format("in a scenario: model: {{name: profile, profile: {}}}", output.string());
}

}  // namespace

void add_import(CLI::App& app, ImportOptions& options) {
  CLI::App* import =
      app.add_subcommand("import", "Turn a log, model or trace from elsewhere into a file for scenarios");
  import->add_option("file", options.file, "The file, which may be compressed (.gz); NAME.{rank}.et for one per rank")
      ->required();
  import->add_option("--as", options.format, "Its format, where the content does not tell")
      ->check(CLI::IsMember(import_formats().names()));
  import->add_option("-o,--output", options.output, "The file to write (default: standard output)");
  import->add_flag("--force", options.force, "Replace that file");
  import->footer(formats_text);
}

int import_command(const ImportOptions& options) {
  const fs::path output = options.output;
  const std::string stem = output.empty() ? "imported" : output.stem().string();
  refuse_to_replace(output, options.force);
  const ImportFormat* format = nullptr;
  const Imported imported = import_from(options, format, stem);
  if (format->kind == ImportedKind::cluster) check_cluster(imported.texts.front(), options.file);
  for (const std::string& note : imported.notes) fmt::print(stderr, "note: {}\n", note);
  if (output.empty()) {
    fmt::print("{}", imported.texts.front().text);
    if (imported.texts.size() > 1)
      fmt::print(stderr, "note: -o NAME.yaml also writes what belongs to it ({} more)\n", imported.texts.size() - 1);
    return kSuccess;
  }
  // All are checked before the first is written, so that a refusal leaves nothing behind.
  for (const ImportedText& text : imported.texts) refuse_to_replace(path_of(text, output), options.force);
  for (const ImportedText& text : imported.texts) {
    write_whole_file(path_of(text, output), text.text);
    fmt::print("written: {} (from {})\n", path_of(text, output).string(), format->name);
  }
  fmt::print("{}\n", next_text(imported, *format, output));
  return kSuccess;
}

}  // namespace tandem
