#include "app/commands/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "app/commands/command.h"
#include "app/import/format.h"
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
  for (const ImportFormat& format : import_formats()) text += fmt::format("  {:<16} {}\n", format.name, format.doc);
  return text;
}

}  // namespace

void add_import(CLI::App& app, ImportOptions& options) {
  CLI::App* import =
      app.add_subcommand("import", "Turn a log, model or trace from elsewhere into a file for scenarios");
  import->add_option("file", options.file, "The file; it may be compressed (.gz)")->required();
  import->add_option("--as", options.format, "Its format, where the content does not tell")
      ->check(CLI::IsMember(import_formats().names()));
  import->add_option("-o,--output", options.output, "The file to write (default: standard output)");
  import->add_flag("--force", options.force, "Replace that file");
  import->footer(formats_text);
}

int import_command(const ImportOptions& options) {
  const InputFile input(options.file);
  const ImportFormat& format = options.format.empty() ? format_of(input) : *import_formats().find(options.format);
  const fs::path output = options.output;
  const std::string stem = output.empty() ? "imported" : output.stem().string();
  refuse_to_replace(output, options.force);
  const Imported imported = format.read(input, stem);
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
    fmt::print("written: {} (from {})\n", path_of(text, output).string(), format.name);
  }
  return kSuccess;
}

}  // namespace tandem
