// tandem report: draws a finished study again and writes its page, from the files that its runs left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

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
  bool plot = false;  ///< figures in characters, too
};

void add_report(CLI::App& app, ReportOptions& options);

/// Prints the answer and the files. Throws UsageError where the folder holds no study that this program wrote.
int report_command(const ReportOptions& options);

/// study.json: what a study's folder must hold, besides its runs, to be reported on again.
struct StudyRecord {
  std::string file, scenario;  ///< its name and its text
  std::vector<std::string> overrides;
};
void write_study_record(const std::filesystem::path& directory, const StudyRecord& record, const Plan& plan);

/// Each chart in characters, on standard output.
void print_plots(const std::vector<NamedChart>& charts, const TableStyle& style);

/// How to do the study again.
Reproduction reproduction_of(const StudyRecord& record);

}  // namespace tandem
