// A format that `tandem export` writes: one file in formats/, which turns a traced run into the text of another tool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"
#include "core/trace.h"

namespace tandem {

struct ExportFormat {
  std::string_view name;
  std::string_view doc;  ///< what is written, and which tool reads it
  std::string (*write)(const std::vector<std::vector<Span>>& spans_of_rank) = nullptr;
};

/// In the alphabetical order of their files.
Registry<ExportFormat>& export_formats();

}  // namespace tandem
