#include "app/report/baseline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>

namespace tandem {
namespace {

std::string setting_of(const Series& series) { return setting_of(*series.points.front().runs.front()); }

}  // namespace

std::vector<Baseline> baselines_of(const std::vector<Series>& all) {
  std::vector<Baseline> baselines;
  std::vector<double> fewest;
  for (const Series& series : all) {
    const std::string setting = setting_of(series);
    std::size_t i = 0;
    while (i < baselines.size() && (baselines[i].world != series.world || baselines[i].setting != setting)) ++i;
    if (i == baselines.size()) {
      baselines.push_back({.world = series.world, .setting = setting, .label = {}, .workers = {}});
      fewest.push_back(std::numeric_limits<double>::infinity());
    }
    baselines[i].points += series.points.size();
    const PointRuns& first = series.points.front();
    const double samples_per_s = first.spread("samples_per_s").median;
    if (first.x > fewest[i] || (first.x == fewest[i] && !(samples_per_s > baselines[i].samples_per_s))) continue;
    fewest[i] = first.x;
    baselines[i].label = series.label;
    baselines[i].workers = first.x_text;
    baselines[i].samples_per_s = samples_per_s;
  }
  return baselines;
}

const Baseline* baseline_of(const Series& series, const std::vector<Baseline>& baselines) {
  const std::string setting = setting_of(series);
  const auto found = std::find_if(baselines.begin(), baselines.end(), [&](const Baseline& baseline) {
    return baseline.world == series.world && baseline.setting == setting;
  });
  return found == baselines.end() ? nullptr : &*found;
}

std::string baseline_sentence(const std::vector<Baseline>& baselines) {
  constexpr std::size_t kShown = 4;
  std::map<std::string, std::vector<std::string>> worlds_of_text;
  std::vector<std::string> texts;
  for (const Baseline& baseline : baselines) {
    if (baseline.points < 2) continue;
    const std::string text =
        fmt::format("{} with {} worker{}", baseline.label, baseline.workers, baseline.workers == "1" ? "" : "s");
    if (worlds_of_text.count(text) == 0) texts.push_back(text);
    worlds_of_text[text].push_back(baseline.world);
  }
  if (texts.empty()) return {};
  if (texts.size() > kShown) return "Speed-up: against the fastest with the fewest workers, in each world and setting.";
  std::vector<std::string> parts;
  for (const std::string& text : texts)
    parts.push_back(fmt::format("{} ({})", text, fmt::join(worlds_of_text[text], ", ")));
  return fmt::format("Speed-up: against {}.", fmt::join(parts, ", "));
}

}  // namespace tandem
