// Figures of made-up results, drawn to a folder, and their captions.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/report/draw.h"
#include "app/report/study_facts.h"
#include "tests/app/report/made_up.h"

namespace tandem {

inline Plan plan_with(std::vector<FigureSpec> figures) {
  Plan plan = made_up_plan();
  plan.figures = std::move(figures);
  return plan;
}

inline FigureReport write_figures(const Plan& plan, const std::vector<RunResult>& results,
                                  const std::filesystem::path& folder) {
  return draw_charts(charts_of(study_facts(plan, results), results), folder);
}

/// The caption's lines in one.
inline std::string caption_of(const std::filesystem::path& script) {
  static const std::regex kLine("set label [0-9]+ \"(.*)\" at screen .*caption_pt");
  const std::string text = content_of(script);
  std::string caption;
  for (std::sregex_iterator line(text.begin(), text.end(), kLine), end; line != end; ++line) {
    caption += (caption.empty() ? "" : " ") + (*line)[1].str();
  }
  return caption;
}

}  // namespace tandem
