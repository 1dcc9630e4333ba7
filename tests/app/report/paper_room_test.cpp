// Where legends and captions go, and that panels keep their size whatever stands around them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>

#include "app/report/gnuplot_chart.h"

namespace tandem {
namespace {

Chart chart_with(std::size_t curves, std::size_t label_length, std::size_t caption_lines = 1) {
  Chart chart{.about = "made up", .title = "Does it fit?"};
  Panel panel{.x = {.label = "x"}, .y = {.label = "y"}};
  for (std::size_t i = 0; i < curves; ++i) {
    Curve curve{.series = fmt::format("{:02}", i) + std::string(label_length - 4, 'm') + fmt::format("{:02}", i),
                .world = "sim",
                .colour = i,
                .origin = Origin::simulated};
    curve.data.push_back({.x = 0.5, .y = 0.5, .n = 1});
    panel.curves.push_back(curve);
  }
  chart.panels.push_back(panel);
  for (std::size_t i = 0; i < caption_lines; ++i) chart.caption.push_back(std::string(100, 'c'));
  return chart;
}

struct Figure {
  std::string script;
  double width_px = 0, height_px = 0;  ///< the last panel's
  bool is_legend_above = false;
};

double last_number(const std::string& script, const std::string& before) {
  const std::size_t at = script.rfind(before);
  return at == std::string::npos ? -1 : std::stod(script.substr(at + before.size()));
}

Figure drawn(const Chart& chart) {
  const std::string script = gnuplot_script(chart, "made-up", {"svg"});
  const auto between = [&](const char* low, const char* high) {
    return last_number(script, high) - last_number(script, low);
  };
  return {
      .script = script,
      .width_px = last_number(script, "width_px = ") * between("set lmargin at screen ", "set rmargin at screen "),
      .height_px = last_number(script, "height_px = ") * between("set bmargin at screen ", "set tmargin at screen "),
      .is_legend_above = script.find("maxrows") != std::string::npos};
}

TEST(PaperRoom, AShortLegendStandsBesideThePanel) {
  EXPECT_FALSE(drawn(chart_with(3, 12)).is_legend_above);
  EXPECT_FALSE(drawn(chart_with(13, 12)).is_legend_above);
}

TEST(PaperRoom, AWideOrLongLegendStandsAboveAndLeavesThePanelItsWidth) {
  for (const auto& [curves, length] : {std::pair<std::size_t, std::size_t>{2, 48}, {2, 90}, {15, 12}, {41, 48}}) {
    const Figure figure = drawn(chart_with(curves, length));
    EXPECT_TRUE(figure.is_legend_above) << curves << " labels of " << length;
    EXPECT_NEAR(figure.width_px, 778, 2) << curves << " labels of " << length;
  }
}

TEST(PaperRoom, ALongLegendMakesThePaperLongerAndNotThePanelSmaller) {
  const double usual_px = drawn(chart_with(1, 60)).height_px;
  EXPECT_GT(usual_px, 300);
  for (const std::size_t curves : {7, 9, 41})
    EXPECT_GT(drawn(chart_with(curves, 60)).height_px, usual_px - 60) << curves;
}

TEST(PaperRoom, SoDoesALongCaption) {
  EXPECT_GT(drawn(chart_with(1, 12, 20)).height_px, drawn(chart_with(1, 12)).height_px - 70);
}

TEST(PaperRoom, LongTextsBesideAnAxisMoveItAwayFromItsLabel) {
  Chart chart = chart_with(1, 12);
  const auto left_px = [&] {
    const std::string script = drawn(chart).script;
    return last_number(script, "width_px = ") * last_number(script, "set lmargin at screen ");
  };
  const double usual_px = left_px();
  chart.panels[0].y.ticks = {{0, "0 s"}, {1, "1.25 s"}};
  EXPECT_NEAR(left_px(), usual_px, 1);
  chart.panels[0].y.ticks = {{0, "0 s"}, {1, "1250000 s"}};
  EXPECT_GT(left_px(), usual_px + 25) << "three characters more";
}

TEST(PaperRoom, ALabelThatNoLineHoldsLosesItsMiddle) {
  const std::string script = drawn(chart_with(2, 200)).script;
  EXPECT_TRUE(std::regex_search(script, std::regex(R"re(title "01m+\.\.\.m+01")re"))) << script;
  EXPECT_EQ(script.find(std::string(100, 'm')), std::string::npos);
}

TEST(PaperRoom, NoLetterIsCutInTwo) {
  Chart chart = chart_with(1, 4);
  for (const std::size_t shift : {0, 1}) {
    chart.panels[0].curves[0].series = std::string(shift, 'x');
    for (int i = 0; i < 100; ++i) chart.panels[0].curves[0].series += "\u00e9";
    const std::string script = drawn(chart).script;
    const std::size_t dots = script.find("...\xc3");
    ASSERT_NE(dots, std::string::npos) << "the tail begins with a whole letter";
    EXPECT_EQ(static_cast<unsigned char>(script[dots - 1]), 0xA9) << "and the head ends with one";
  }
}

}  // namespace
}  // namespace tandem
