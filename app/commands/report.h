// tandem report: draws a finished study again and writes its page, from the files of its runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/commands/command.h"
#include "app/report/page.h"
#include "app/report/study_report.h"
#include "app/report/text_table.h"
#include "app/scenario/scenario.h"

namespace CLI {
class App;
}

namespace tandem {

struct ReportOptions {
  std::filesystem::path directory;
  bool plot = false;                            ///< also print the figures in characters
  bool paper = false;                           ///< also draw them as PDF, without title and caption
  std::string figure;                           ///< with paper: the only one to draw; empty: all
  std::optional<std::string> x_range, y_range;  ///< with paper: "LOW:HIGH"
};

void add_report(CLI::App& app, ReportOptions& options);

/// Prints the answer and the files. Throws UsageError where the folder holds no study that this program wrote.
int report_command(const ReportOptions& options);

/// study.json: what a report needs to know besides the runs.
struct StudyRecord {
  std::string file, scenario;  ///< its name and its text
  std::vector<std::string> overrides;
};
StudyRecord record_of(const ScenarioOptions& options);
void write_study_record(const std::filesystem::path& directory, const StudyRecord& record, const Plan& plan);

/// Prints each chart in characters on standard output.
void print_plots(const std::vector<NamedChart>& charts, const TableStyle& style);

/// The commands that repeat the study.
Reproduction reproduction_of(const StudyRecord& record);

}  // namespace tandem
