// What a step consists of.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/app/report/drawn_figures.h"

namespace tandem {
namespace {

/// "part: base to y", a line per bar.
std::string bars_of(const FigureSpec& spec, const RunResult& run) {
  const Chart chart = figure_kinds().find("breakdown")->draw(spec, {}, {run});
  std::string text;
  for (const Curve& curve : chart.panels.at(0).curves)
    text += fmt::format("{} {}: {:g} to {:g}\n", curve.series, curve.part, curve.data.at(0).base, curve.data.at(0).y);
  return text;
}

TEST(Figures, BreakdownStacksAddUpToTheStep) {
  EXPECT_EQ(bars_of({"breakdown"}, made_up_run("single", "threads", 1, 64)),
            "single compute: 0 to 0.5\nsingle communication: 0.5 to 0.75\nsingle idle: 0.75 to 1\n");
}

TEST(Figures, BreakdownInSharesAddsUpToAHundredPercent) {
  RunResult run = made_up_run("single", "threads", 1, 64);
  run.compute_s *= 3;
  EXPECT_EQ(bars_of({"breakdown", {{"y", "share"}}}, run),
            "single compute: 0 to 75\nsingle communication: 75 to 87.5\nsingle idle: 87.5 to 100\n");
}

TEST(Figures, BreakdownKeepsServersApartFromWorkers) {
  RunResult run = made_up_run("ps-sync", "sim", 2, 64);  // 10 steps of 1 s
  run.rank_rows = {{0, "worker", 7, 2, 1, {}}, {1, "worker", 8, 2, 0, {}}, {2, "server", 0, 4, 6, {}}};
  EXPECT_EQ(bars_of({"breakdown"}, run),
            "ps-sync: workers compute: 0 to 0.75\nps-sync: workers communication: 0.75 to 0.95\n"
            "ps-sync: workers idle: 0.95 to 1\nps-sync: servers compute: 0 to 0\n"
            "ps-sync: servers communication: 0 to 0.4\nps-sync: servers idle: 0.4 to 1\n");
}

}  // namespace
}  // namespace tandem
