#include "app/report/answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "algorithms/strategies/strategy.h"
#include "app/figures/quantity.h"
#include "app/figures/series.h"

namespace tandem {
namespace {

std::string throughput(const PointRuns& point) {
  return human_quantity(point.spread("samples_per_s").median, "samples/s") + " samples/s";
}

/// "ps-sync", or "allreduce ring and ps-sync" where the second is no slower by more than kLeastGain or than what
/// repeats of the same run differ by.
std::string fastest_at(const std::vector<const Series*>& compared, const std::string& workers) {
  std::vector<std::pair<Spread, std::string>> ranked;
  for (const Series* series : compared) {
    for (const PointRuns& point : series->points) {
      if (point.x_text == workers) ranked.emplace_back(point.spread("samples_per_s"), series->label);
    }
  }
  if (ranked.size() < 2) return {};
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first.median > b.first.median; });
  const Spread& best = ranked.front().first;
  std::vector<std::string> names;
  for (const auto& [spread, label] : ranked) {
    if (spread.median * (1 + kLeastGain) >= best.median || spread.high >= best.low) names.push_back(label);
  }
  if (names.size() == ranked.size()) return "no difference";
  // The same names must make the same text at every worker count.
  std::sort(names.begin(), names.end());
  const std::string last = std::move(names.back());
  names.pop_back();
  return names.empty() ? last : fmt::format("{} and {}", fmt::join(names, ", "), last);
}

/// "Fastest (sim): ps-sync at 1 to 2 workers; allreduce ring at 4 to 32." `where`: the world, and the setting if any.
std::string fastest_sentence(const std::vector<const Series*>& compared, const std::string& where) {
  std::map<double, std::string> counts;
  for (const Series* series : compared) {
    for (const PointRuns& point : series->points) counts[point.x] = point.x_text;
  }
  struct Stretch {
    std::string name, first, last;
  };
  std::vector<Stretch> stretches;
  for (const auto& [x, workers] : counts) {
    const std::string name = fastest_at(compared, workers);
    if (name.empty()) continue;
    if (stretches.empty() || stretches.back().name != name) stretches.push_back({name, workers, workers});
    stretches.back().last = workers;
  }
  if (stretches.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& [name, first, last] : stretches) {
    const std::string range = first == last ? first : fmt::format("{} to {}", first, last);
    parts.push_back(fmt::format("{} at {} worker{}", name, range, range == "1" ? "" : "s"));
  }
  return fmt::format("Fastest ({}): {}. (Equal: within {:g} %, or overlapping repeats.)", where, fmt::join(parts, ", "),
                     100 * kLeastGain);
}

/// Strategies are compared in the same setting only: samples of another model, or of another network, are other
/// samples.
std::vector<std::string> fastest_sentences(const std::vector<const Series*>& of_world, const std::string& world) {
  std::vector<std::pair<std::string, std::vector<const Series*>>> settings;
  for (const Series* series : of_world) {
    const std::string setting = setting_of(*series->points.front().runs.front());
    auto known =
        std::find_if(settings.begin(), settings.end(), [&](const auto& held) { return held.first == setting; });
    if (known == settings.end()) known = settings.insert(known, {setting, {}});
    known->second.push_back(series);
  }
  std::vector<std::string> sentences;
  for (const auto& [setting, compared] : settings)
    sentences.push_back(
        fastest_sentence(compared, settings.size() == 1 ? world : fmt::format("{}, {}", world, setting)));
  return sentences;
}

/// The last point at which more workers gained throughput, judged by the fastest of all points; empty if the last point
/// still gains.
std::string gain_sentence(const Series& series) {
  if (series.points.size() < 2) return {};
  double most = 0;
  for (const PointRuns& point : series.points) most = std::max(most, point.spread("samples_per_s").median);
  const auto enough = std::find_if(series.points.begin(), series.points.end(), [&](const PointRuns& p) {
    return p.spread("samples_per_s").median * (1 + kLeastGain) >= most;
  });
  const PointRuns& last = series.points.back();
  if (&*enough == &last) return {};
  if (enough == series.points.begin()) {
    return fmt::format("{} does not gain from more than {} worker{} ({}): {} there, {} with {}.", series.label,
                       enough->x_text, enough->x_text == "1" ? "" : "s", series.world, throughput(*enough),
                       throughput(last), last.x_text);
  }
  return fmt::format("{} stops gaining after {} workers ({}): {} there, {} with {}.", series.label, enough->x_text,
                     series.world, throughput(*enough), throughput(last), last.x_text);
}

/// Runs with an equal key must end with the same bits: same strategy, seed and settings, in any world and repeat.
std::string identity(const RunResult& result, const std::string& label) {
  return fmt::format("{} with {} worker(s), seed {}", label, result.workers, result.seed);
}

std::vector<std::string> same_bits_sentences(const std::vector<Series>& all) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> worlds_of_hash;
  std::vector<std::string> strategies_compared;
  std::set<std::string> worlds;
  std::map<std::string, std::string> label_of_identity;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      for (const RunResult* run : point.runs) {
        if (!run->same_bits || run->parameters_sha256.empty()) continue;
        const std::string key = identity(*run, series.label);
        worlds_of_hash[key][run->parameters_sha256].insert(run->world);
        label_of_identity[key] = series.label;
      }
    }
  }
  std::vector<std::string> sentences;
  std::size_t compared = 0;
  std::vector<std::string> different;
  for (const auto& [key, hashes] : worlds_of_hash) {
    std::set<std::string> of_this;
    for (const auto& [hash, where] : hashes) of_this.insert(where.begin(), where.end());
    if (of_this.size() < 2 && hashes.size() < 2) continue;
    ++compared;
    worlds.insert(of_this.begin(), of_this.end());
    const std::string& label = label_of_identity[key];
    if (std::find(strategies_compared.begin(), strategies_compared.end(), label) == strategies_compared.end())
      strategies_compared.push_back(label);
    if (hashes.size() > 1) different.push_back(key);
  }
  if (compared == 0) return {};
  if (different.empty()) {
    sentences.push_back(fmt::format("Parameters are bit-identical across {}: {} ({} point{} compared).",
                                    fmt::join(worlds, ", "), fmt::join(strategies_compared, ", "), compared,
                                    compared == 1 ? "" : "s"));
  } else {
    sentences.push_back(fmt::format("PARAMETERS DIFFER between runs that must agree: {} ({} of {} points).",
                                    fmt::join(different, "; "), different.size(), compared));
  }
  return sentences;
}

/// "allreduce auto picked recursive-doubling for 84 bytes at 2 to 4 workers; ring for ... at 8 workers."
std::string picks_sentence(const Series& series) {
  struct Stretch {
    std::string picks, first, last;
  };
  std::vector<Stretch> stretches;
  for (const PointRuns& point : series.points) {
    const std::string& picks = point.runs.front()->picks;
    if (picks.empty()) continue;
    if (stretches.empty() || stretches.back().picks != picks) stretches.push_back({picks, point.x_text, point.x_text});
    stretches.back().last = point.x_text;
  }
  if (stretches.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& [picks, first, last] : stretches) {
    const std::string range = first == last ? first : fmt::format("{} to {}", first, last);
    parts.push_back(fmt::format("{} (at {} worker{})", picks, range, range == "1" ? "" : "s"));
  }
  return fmt::format("{} picked {}.", series.label, fmt::join(parts, "; "));
}

/// Names strategies that are fast but do not learn.
std::string diverged_sentence(const std::vector<Series>& all) {
  std::vector<std::string> names;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      const bool diverged =
          std::any_of(point.runs.begin(), point.runs.end(), [](const RunResult* run) { return has_diverged(*run); });
      if (diverged)
        names.push_back(fmt::format("{} at {} worker{} ({})", series.label, point.x_text,
                                    point.x_text == "1" ? "" : "s", series.world));
    }
  }
  if (names.empty()) return {};
  return fmt::format("Training DIVERGED, so its speed is worth nothing: {}.", fmt::join(names, ", "));
}

}  // namespace

std::vector<std::string> answers(const std::vector<RunResult>& results) {
  const std::vector<Series> all = series_over(results, "workers");
  std::vector<std::string> sentences;
  for (const std::string& world : worlds_of(all)) {
    std::vector<const Series*> of_world;
    for (const Series& series : all) {
      if (series.world == world) of_world.push_back(&series);
    }
    for (std::string& sentence : fastest_sentences(of_world, world)) sentences.push_back(std::move(sentence));
    std::vector<std::string> still_gaining;
    for (const Series* series : of_world) {
      sentences.push_back(gain_sentence(*series));
      const bool has_gain = sentences.back().empty() && series->points.size() > 1;
      if (has_gain) still_gaining.push_back(fmt::format("{} ({})", series->label, series->points.back().x_text));
    }
    if (!still_gaining.empty()) {
      sentences.push_back(
          fmt::format("Still gaining at their most workers ({}): {}.", world, fmt::join(still_gaining, ", ")));
    }
  }
  for (const Series& series : all) {
    // A sentence that is the same in every world is printed once.
    std::string sentence = picks_sentence(series);
    if (std::find(sentences.begin(), sentences.end(), sentence) == sentences.end())
      sentences.push_back(std::move(sentence));
  }
  for (std::string& sentence : same_bits_sentences(all)) sentences.push_back(std::move(sentence));
  sentences.push_back(diverged_sentence(all));
  std::erase_if(sentences, [](const std::string& s) { return s.empty(); });
  return sentences;
}

}  // namespace tandem
