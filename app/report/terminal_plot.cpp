#include "app/report/terminal_plot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "app/report/chart_table.h"
#include "app/report/gnuplot.h"
#include "app/report/text_table.h"
#include "app/store/scratch_folder.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRows = 22;

std::string title_of(const Curve& curve) {
  if (curve.origin == Origin::formula) return "ideal";
  const std::string part = curve.part.empty() ? "" : ", " + curve.part;
  return fmt::format("{} ({}, {}){}", curve.series, curve.world, name_of(curve.origin), part);
}

/// Measured curves are lines; simulated ones are dots, because characters cannot show dashes.
std::string plot_of(const Curve& curve, std::size_t k) {
  const bool is_line = curve.origin != Origin::simulated && curve.form != Curve::Form::points;
  if (curve.form == Curve::Form::boxes) {
    return fmt::format("\"chart.csv\" using (curve({}, \"x\")):\"y\":\"x_text\" with labels title {}", k,
                       gnuplot_string(title_of(curve)));
  }
  const std::string_view style = curve.form == Curve::Form::bars ? "impulses" : is_line ? "linespoints" : "points";
  return fmt::format("\"chart.csv\" using (curve({}, \"x\")):\"y\" with {} title {}", k, style,
                     gnuplot_string(title_of(curve)));
}

std::string script_of(const Chart& chart, std::size_t columns) {
  std::string text = fmt::format(
      "set terminal dumb size {},{} aspect 1 noenhanced\nset output \"chart.txt\"\nset encoding utf8\n"
      "set datafile separator comma\nset datafile columnheaders\nset datafile missing NaN\n"
      "curve(k, column_name) = column(\"curve\") == k ? column(column_name) : NaN\n"
      "set key outside below center vertical maxrows 12 noautotitle\nset tics nomirror\n",
      columns, kRows);
  std::size_t k = 0;
  for (const Panel& panel : chart.panels) {
    std::vector<std::string> plots;
    for (const Curve& curve : panel.curves) plots.push_back(plot_of(curve, ++k));
    text += axis_script('x', panel.x) + axis_script('y', panel.y) +
            fmt::format("set title {}\nplot {}\n", gnuplot_string(panel.title), fmt::join(plots, ", "));
  }
  return text + "unset output\n";
}

}  // namespace

std::string terminal_plot(const Chart& chart, std::size_t columns) {
  const ScratchFolder folder;
  write_whole_file(folder.path() / "chart.csv", chart_csv(chart));
  write_whole_file(folder.path() / "chart.gp", script_of(chart, columns));
  const std::string trouble = run_gnuplot(folder.path() / "chart.gp");
  if (!trouble.empty()) return trouble + "\n";
  std::string text = read_whole_file(folder.path() / "chart.txt");
  std::erase(text, '\f');
  std::vector<std::string> sentences = chart.caption;
  std::erase_if(sentences, [](const std::string& sentence) { return sentence.empty(); });
  return fmt::format("{}{}\n", text, fmt::join(wrapped(fmt::format("{}", fmt::join(sentences, " ")), columns), "\n"));
}

}  // namespace tandem
