// report.html: a study as one page that needs nothing but a browser. The page's program and style are built from web/
// and embedded; the study is JSON within it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/report/draw.h"
#include "app/report/inputs.h"
#include "app/store/result.h"

namespace tandem {

/// How the study was made, so that a reader can repeat it.
struct Reproduction {
  std::vector<std::string> commands;
  nlohmann::ordered_json program;  ///< versions, compiler, processor, by name
  std::string scenario;            ///< the file's text
};

struct PageContent {
  StudyFacts facts;
  std::vector<RunResult> results;
  std::vector<NamedChart> charts;
  std::vector<std::string> answers;
  std::vector<std::string> not_run;
  std::vector<std::string> notes;
  std::vector<Input> inputs;
  Reproduction reproduction;
  std::vector<std::filesystem::path>
      timelines;  ///< files that runs have written, timeline.json; the first ones that fit
};

/// Timelines beyond this many bytes in all are left out, and the page says so.
inline constexpr std::size_t kMostTimelineBytes = 12 << 20;

/// Returns the whole file. No text of the study can end the script element that contains it.
std::string report_page(const PageContent& content);

}  // namespace tandem
