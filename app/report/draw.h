// The figures of a study: for each a table NAME.csv, a gnuplot script NAME.gp that reads nothing else, and what the
// script draws, NAME.svg and NAME.png. To change the style, edit the top of the script and run `gnuplot NAME.gp` there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/store/result.h"

namespace tandem {

struct NamedChart {
  std::string name;  ///< distinct: a second figure of the same name ends in -2
  Chart chart;
};

/// A chart for each of facts.figures, also where there is `nothing` to draw. Failed runs are not in it; captions count
/// them and the skipped points.
std::vector<NamedChart> charts_of(const StudyFacts& facts, const std::vector<RunResult>& results);

struct FigureReport {
  std::vector<std::filesystem::path> files;  ///< those that were drawn
  std::vector<std::string> notes;            ///< what could not be drawn and why, a line each
};

/// Draws charts into `folder`, in these formats: svg, png, pdf. A chart with nothing to draw, or a gnuplot that is
/// missing or fails, makes a note, not an error: the data are written in any case.
FigureReport draw_charts(const std::vector<NamedChart>& charts, const std::filesystem::path& folder,
                         const std::vector<std::string>& formats = {"svg", "png"});

}  // namespace tandem
