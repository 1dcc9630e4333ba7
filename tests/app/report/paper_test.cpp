// Figures for papers: PDF, no texts but those of axes and legend, ranges as asked for.
#include "app/report/paper.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "tests/app/report/drawn_figures.h"

namespace tandem {
namespace {

NamedChart a_chart() {
  const std::vector<RunResult> runs = {made_up_run("a", "sim", 1, 100), made_up_run("a", "sim", 4, 300)};
  return charts_of(study_facts(plan_with({{"scaling"}}), runs), runs).front();
}

TEST(Paper, FiguresArePdfWithoutTitleAndCaption) {
  const TemporaryFolder folder;
  const FigureReport report = draw_charts({for_paper(a_chart(), {})}, folder.path(), {"pdf"});
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  EXPECT_EQ(report.files,
            (std::vector<std::filesystem::path>{folder.path() / "scaling.pdf", folder.path() / "scaling.gp",
                                                folder.path() / "scaling.csv"}));
  EXPECT_TRUE(content_of(folder.path() / "scaling.pdf").starts_with("%PDF-"));
  const std::string script = content_of(folder.path() / "scaling.gp");
  EXPECT_EQ(script.find("title_pt)"), std::string::npos) << "no title";
  EXPECT_EQ(script.find("caption_pt)"), std::string::npos) << "no caption";
  EXPECT_NE(script.find("workers"), std::string::npos) << "its axes are named";
}

TEST(Paper, AxesHaveTheRangeThatIsAskedFor) {
  const NamedChart named = for_paper(a_chart(), {.x = AxisRange{2, 8}, .y = AxisRange{50, 1000}});
  EXPECT_EQ(named.chart.panels.front().x.low, 2);
  EXPECT_EQ(named.chart.panels.front().x.high, 8);
  EXPECT_EQ(named.chart.panels.front().y.low, 50);
  EXPECT_EQ(named.chart.panels.front().y.high, 1000);
  EXPECT_TRUE(named.chart.panels.front().x.is_logarithmic);
  EXPECT_THROW(for_paper(a_chart(), {.x = AxisRange{0, 8}}), UsageError) << "a logarithm has no 0";
}

TEST(Paper, ARangeIsForOneFigure) {
  std::vector<NamedChart> charts = {a_chart(), a_chart(), a_chart()};
  charts[1].name = "loss";
  charts[2].name = "empty";
  charts[2].chart.nothing = "no losses";
  const auto names = [&](const PaperOptions& options) {
    std::string text;
    for (const NamedChart& named : charts_for_paper(charts, options)) text += named.name + " ";
    return text;
  };
  EXPECT_EQ(names({}), "scaling loss ");
  EXPECT_EQ(names({.figure = "loss", .x = AxisRange{2, 8}}), "loss ");
  EXPECT_THROW(names({.x = AxisRange{2, 8}}), UsageError) << "whose x axis?";
  EXPECT_THROW(names({.figure = "empty"}), UsageError);
  charts.erase(charts.begin());
  EXPECT_EQ(names({.y = AxisRange{2, 8}}), "loss ");
}

TEST(Paper, ARangeIsTwoNumbersTheLowerFirst) {
  EXPECT_EQ(parse_axis_range("-1:2.5e3", "--x-range"), (AxisRange{-1, 2500}));
  for (const char* text : {"", ":", "1", "1:", ":2", "2:1", "1:1", "1:2:3", "a:b", "1:2x", "nan:1", "0:inf"})
    EXPECT_THROW(parse_axis_range(text, "--x-range"), UsageError) << text;
}

}  // namespace
}  // namespace tandem
