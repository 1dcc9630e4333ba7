// Reports a finished study: its figures, its answer and its page.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/report/page.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

struct StudyReport {
  StudyFacts facts;
  std::vector<NamedChart> charts;
  std::vector<std::filesystem::path> files;  ///< what was written: figures and report.html
  std::vector<std::string> notes;            ///< what could not be drawn, and why
};

/// Draws the figures into directory/figures and writes directory/report.html. `overrides` are the keys that the command
/// line changed.
StudyReport write_study_report(const Plan& plan, const std::vector<RunResult>& results,
                               const std::filesystem::path& directory, const Reproduction& reproduction,
                               const std::vector<std::string>& overrides);

}  // namespace tandem
