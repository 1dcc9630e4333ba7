// A format that `tandem export` writes: one file in formats/, which turns what a run did into files of another tool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/export/program.h"
#include "core/registry.h"
#include "core/trace.h"

namespace tandem {

struct ExportedFile {
  std::string suffix;  ///< put in the place of the output's extension, such as ".3.et"; empty: the output itself
  std::string bytes;
};

/// It has one of the two functions.
struct ExportFormat {
  std::string_view name;
  std::string_view doc;  ///< what is written, and which tool reads it
  /// From a traced run: its spans.
  std::string (*of_spans)(const std::vector<std::vector<Span>>& spans_of_rank) = nullptr;
  /// From a scenario, which is played for it: what each rank did, and what that depended on. `stem` is the output's
  /// absolute name without its extension, for files that name each other. Throws RunFailed where the format cannot say
  /// it.
  std::vector<ExportedFile> (*of_programs)(const std::vector<Program>& programs, const std::string& stem) = nullptr;
};

/// In the alphabetical order of their files.
Registry<ExportFormat>& export_formats();

}  // namespace tandem
