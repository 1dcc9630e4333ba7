// A format that `tandem import` reads: one file in formats/, which says how the format is told by its content and turns
// a file into texts that Tandem reads. The registry is generated from the files that are there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/import/input.h"
#include "core/registry.h"

namespace tandem {

/// One text that came of an import. The first of them is what `-o` names; the others are written beside it.
struct ImportedText {
  std::string suffix;  ///< put in the place of the output's extension, such as "-measured.csv"; empty: the main text
  std::string text;
};

struct Imported {
  std::vector<ImportedText> texts;  ///< at least the main text
  std::vector<std::string> notes;   ///< what was inferred, counted or left out, a sentence each, for standard error
};

/// What a main text is where no scenario is written beside it: how a scenario names it follows from that.
enum class ImportedKind { cluster, profile };

struct ImportFormat {
  std::string_view name;
  std::string_view doc;  ///< what is read, and what becomes of it
  /// Whether a file that begins with `head` (up to 64 KiB) is of this format. No two formats claim the same file.
  bool (*recognises)(std::string_view head) = nullptr;
  /// `stem` is the output's name without its extension, for texts that name each other. Throws ScenarioError with
  /// file:line where the file cannot be used.
  Imported (*read)(const InputFile& input, const std::string& stem) = nullptr;
  /// The same from one file per rank, for formats that have such; `paths[r]` is rank r's. Null: the format has none.
  Imported (*read_set)(const std::vector<std::string>& paths, const std::string& stem) = nullptr;
  ImportedKind kind = ImportedKind::profile;
};

/// In the alphabetical order of their files.
Registry<ImportFormat>& import_formats();

/// The format of the file. Throws ScenarioError where none or several claim it.
const ImportFormat& format_of(const InputFile& input);

/// Stands for a rank's number in the name of a set of files, one per rank: "trace.{rank}.et".
inline constexpr std::string_view kRankInName = "{rank}";

/// The files of a set, from rank 0 up. Throws ScenarioError where there is none, or one is missing between others.
std::vector<std::string> files_of_set(const std::string& pattern);

}  // namespace tandem
