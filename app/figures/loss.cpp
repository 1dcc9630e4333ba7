// How training goes: loss (or a validation measure) against steps beside the same against seconds; or against bytes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/series.h"
#include "app/figures/target_sentences.h"
#include "app/store/columns.h"
#include "app/store/target.h"
#include "core/counted.h"

namespace tandem::figures {
namespace {

constexpr std::size_t kMostPoints = 400;  ///< per curve: more are not seen
constexpr std::size_t kMarks = 36;        ///< for all curves together: there is room for so many side by side
constexpr std::size_t kMostMarks = 10, kFewestMarks = 4;  ///< per curve

struct Sample {
  double step;  ///< global batches of samples seen so far
  double time_s;
  double bytes;  ///< sent by all so far: the run's, shared equally among its steps
  double value;
};

/// Rows in order of time. Asynchronous workers are at different steps at the same time, so what they have done together
/// is counted in samples; for synchronous strategies that is the step itself.
std::vector<Sample> samples_of(const RunResult& run, std::string_view y) {
  std::vector<StepResult> rows = run.step_rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StepResult& a, const StepResult& b) { return a.time_s < b.time_s; });
  const double global_batch =
      static_cast<double>(run.samples) / static_cast<double>(std::max<std::size_t>(run.steps, 1));
  const double bytes_of_step =
      static_cast<double>(run.bytes_sent) / static_cast<double>(std::max<std::size_t>(run.steps, 1));
  std::vector<Sample> samples;
  double seen = 0;
  for (const StepResult& row : rows) {
    seen += static_cast<double>(row.samples);
    const double value = step_value(row, y), step = global_batch > 0 ? seen / global_batch : 0;
    if (std::isfinite(value)) samples.push_back({step, row.time_s, step * bytes_of_step, value});
  }
  return samples;
}

bool is_asynchronous(const RunResult& run) { return !run.step_rows.empty() && run.step_rows.front().worker >= 0; }

/// Successive values jump by more than a fiftieth of the whole range.
bool is_noisy(const std::vector<Sample>& samples) {
  if (samples.size() < 20) return false;
  double low = INFINITY, high = -INFINITY;
  std::vector<double> jumps;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    jumps.push_back(std::abs(samples[i].value - samples[i - 1].value));
    low = std::min(low, samples[i].value);
    high = std::max(high, samples[i].value);
  }
  return spread_of(jumps).median > (high - low) / 50;
}

/// Mean of the samples of the last `window` steps, then at most kMostPoints of them.
std::vector<Sample> smoothed(const std::vector<Sample>& samples, double window) {
  std::vector<Sample> means;
  const std::size_t every = (samples.size() + kMostPoints - 1) / kMostPoints;
  double sum = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    sum += samples[i].value;
    for (; window > 0 && samples[first].step <= samples[i].step - window; ++first) sum -= samples[first].value;
    if (i % every == 0 || i + 1 == samples.size()) {
      const double mean = window > 0 ? sum / static_cast<double>(i + 1 - first) : samples[i].value;
      means.push_back({samples[i].step, samples[i].time_s, samples[i].bytes, mean});
    }
  }
  return means;
}

/// The recorded steps of one run: those of the most workers that a strategy ran with in a world.
struct Record {
  const Series* series;
  const RunResult* run;
  std::vector<Sample> samples;
  bool is_cut = false;  ///< it diverged, and what came later is not drawn
};

/// A loss that has grown tenfold, or is no number any more, would hide all other records.
void cut_where_diverged(Record& record, std::string_view y) {
  if (y == "validation_accuracy") return;
  const double most = 10 * record.samples.front().value;
  const auto end =
      std::find_if(record.samples.begin(), record.samples.end(), [&](const Sample& s) { return s.value > most; });
  record.is_cut = end != record.samples.end() || has_diverged(*record.run);
  record.samples.erase(end, record.samples.end());
}

std::string diverged_sentence(const std::vector<Record>& records) {
  std::vector<std::string> names;
  for (const Record& record : records) {
    if (record.is_cut) names.push_back(fmt::format("{} ({})", record.series->label, record.series->world));
  }
  return names.empty() ? std::string() : fmt::format("Diverged, cut off there: {}.", fmt::join(names, ", "));
}

std::vector<Record> records_of(const std::vector<Series>& all, std::string_view y) {
  std::vector<Record> records;
  for (const Series& series : all) {
    const RunResult* run = series.points.front().runs.front();
    std::vector<Sample> samples = samples_of(*run, y);
    if (samples.empty()) continue;
    records.push_back({&series, run, std::move(samples)});
    cut_where_diverged(records.back(), y);
  }
  return records;
}

/// 0 where the records are smooth; else a fortieth of the longest run, the same for every record.
double smoothing_window(const std::vector<Record>& records, std::string_view y) {
  const bool is_needed = std::any_of(records.begin(), records.end(), [&](const Record& record) {
    return y == "train_loss" && (is_asynchronous(*record.run) || is_noisy(record.samples));
  });
  if (!is_needed) return 0;
  double steps = 0;
  for (const Record& record : records) steps = std::max(steps, record.samples.back().step);
  return std::max(1.0, std::ceil(steps / 40));
}

enum class Clock { steps, seconds, bytes };

/// As the option `x` names it.
std::string_view name_of(Clock clock) {
  return clock == Clock::steps ? "step" : clock == Clock::seconds ? "time_s" : "bytes_sent";
}

double x_of(const Sample& sample, Clock clock) {
  return clock == Clock::steps ? sample.step : clock == Clock::seconds ? sample.time_s : sample.bytes;
}

/// Simulated and measured clocks, and bytes with and without a codec, may lie orders of magnitude apart.
bool clocks_are_far_apart(const std::vector<Record>& records, Clock clock) {
  double shortest = INFINITY, longest = 0;
  for (const Record& record : records) {
    shortest = std::min(shortest, x_of(record.samples.back(), clock));
    longest = std::max(longest, x_of(record.samples.back(), clock));
  }
  return shortest > 0 && longest / shortest > (clock == Clock::bytes ? 5 : 30);
}

Axis clock_axis(Clock clock, const std::vector<Record>& records) {
  double low = INFINITY, high = 0;
  for (const Record& record : records) {
    for (const Sample& sample : record.samples) {
      const double x = x_of(sample, clock);
      if (x > 0) low = std::min(low, x);
      high = std::max(high, x);
    }
  }
  const bool is_logarithmic = clock != Clock::steps && clocks_are_far_apart(records, clock);
  const std::string_view label = clock == Clock::steps ? "step" : clock == Clock::seconds ? "time" : "bytes sent";
  const std::string_view unit = clock == Clock::steps ? "" : clock == Clock::seconds ? "s" : "B";
  return value_axis(std::string(label), is_logarithmic ? low : 0, high, std::string(unit), 6);
}

std::pair<double, double> range_of(const std::vector<Record>& records) {
  double low = INFINITY, high = -INFINITY;
  for (const Record& record : records) {
    for (const Sample& sample : record.samples) {
      low = std::min(low, sample.value);
      high = std::max(high, sample.value);
    }
  }
  return {low, high};
}

Axis loss_axis(const std::vector<Record>& records, std::string_view y) {
  const auto [low, high] = range_of(records);
  if (low > 0 && high / low > 10) return value_axis(axis_label(y), low, high, "");
  const double room = std::max(0.05 * (high - low), 1e-3);
  return {.label = axis_label(y), .low = low - room, .high = high + room, .ticks = {}};
}

/// Whether record k has its world's point at sample i. Records take turns, so that the points of those that coincide
/// stand side by side.
bool is_marked(std::size_t i, std::size_t k, const std::vector<Record>& records) {
  const std::size_t marks = std::clamp(kMarks / records.size(), kFewestMarks, kMostMarks);
  const std::size_t samples = records[k].samples.size();
  const std::size_t turns = std::min(records.size(), samples / kFewestMarks);
  const std::size_t interval = std::max({std::size_t{1}, turns, samples / marks});
  return i % interval == k * interval / records.size();
}

/// `rim`: how much wider than the next a measured curve is drawn, so that those below show. Dashes would fall apart.
std::vector<Curve> curves_of(const std::vector<Record>& records, Clock clock, double rim) {
  std::vector<Curve> curves;
  for (std::size_t k = 0; k < records.size(); ++k) {
    Curve curve = curve_of(*records[k].series);
    if (curve.origin == Origin::measured)
      curve.rim = rim * static_cast<double>(records.back().series->colour - curve.colour);
    for (std::size_t i = 0; i < records[k].samples.size(); ++i) {
      const Sample& sample = records[k].samples[i];
      curve.data.push_back(
          {.x = x_of(sample, clock), .y = sample.value, .n = 1, .x_text = {}, .is_marked = is_marked(i, k, records)});
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

/// Whether b runs within 1 % of the whole range from a, at every step.
bool coincide(const Record& a, const Record& b, double range) {
  return std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [&](const Sample& p, const Sample& q) {
                      return p.step == q.step && std::abs(p.value - q.value) <= 0.01 * range;
                    });
}

/// Who hides behind whom, for the caption: "Against steps these coincide: a (sim), b (sim)."
std::string coincidence_sentence(const std::vector<Record>& records) {
  const auto [low, high] = range_of(records);
  std::vector<std::string> groups;
  std::vector<bool> is_named(records.size(), false);
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::vector<std::string> names;
    for (std::size_t j = i; j < records.size() && !is_named[i]; ++j) {
      if (is_named[j] || !coincide(records[i], records[j], high - low)) continue;
      names.push_back(fmt::format("{} ({})", records[j].series->label, records[j].series->world));
      is_named[j] = j > i;
    }
    if (names.size() > 1) groups.push_back(fmt::format("{}", fmt::join(names, ", ")));
  }
  if (groups.empty()) return {};
  return fmt::format("Against steps these coincide: {}.", fmt::join(groups, "; and these: "));
}

std::string workers_sentence(const std::vector<Record>& records) {
  std::set<int> workers;
  for (const Record& record : records) workers.insert(record.run->workers);
  if (workers.size() == 1) return counted(*workers.begin(), "worker");
  std::vector<std::string> parts;
  for (const Record& record : records) {
    const std::string part = fmt::format("{} {}", record.series->label, record.run->workers);
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  }
  return fmt::format("the most workers each ran with ({})", fmt::join(parts, ", "));
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string y = spec.option("y").empty() ? "train_loss" : spec.option("y");
  const std::vector<Series> all = largest_only(series_over(results, "workers", spec.option("series")));
  std::vector<Record> records = records_of(all, y);
  if (records.empty()) return {.nothing = fmt::format("no run recorded {} by step", y)};

  const double window = smoothing_window(records, y);
  for (Record& record : records) record.samples = smoothed(record.samples, window);
  const std::string coincidence = coincidence_sentence(records);

  const std::string only = spec.option("x");
  const bool is_against_bytes = only == name_of(Clock::bytes);
  Chart chart{.about = fmt::format("{} against {}", field_title(y), is_against_bytes ? "bytes" : "steps and seconds"),
              .title = facts.question,
              .is_side_by_side = true,
              .legend_above = true};
  chart.caption = {facts.setting_sentence(),
                   fmt::format("Each curve: the first run with {}.", workers_sentence(records)),
                   window > 0
                       ? fmt::format("Running mean over {:g} step{}. A step is one global batch, by whichever worker.",
                                     window, window == 1 ? "" : "s")
                       : std::string("A step is one global batch."),
                   coincidence,
                   diverged_sentence(records),
                   fmt::format("{}", fmt::join(target_sentences(facts, y, spec.option("series"), results), " ")),
                   facts.not_as_asked};
  for (const Clock clock : {Clock::steps, Clock::seconds, Clock::bytes}) {
    if (only.empty() ? clock == Clock::bytes : only != name_of(clock)) continue;
    const double rim = clock == Clock::steps && !coincidence.empty() ? 1.5 : 0;
    Panel panel{.x = clock_axis(clock, records), .y = loss_axis(records, y), .curves = curves_of(records, clock, rim)};
    if (!chart.panels.empty()) panel.y.label.clear();
    if (const std::optional<double> target = facts.target(y))
      panel.rules.push_back({*target, fmt::format("target {:g}", *target)});
    chart.panels.push_back(std::move(panel));
  }
  return chart;
}

/// Another measure than the training loss names the file, and that it is against bytes.
std::string file_name(const FigureSpec& spec) {
  const std::string y = spec.option("y"), of = y.empty() || y == "train_loss" ? "loss" : y;
  return spec.option("x") == name_of(Clock::bytes) ? of + "-by-bytes" : of;
}

}  // namespace

FigureKind loss() {
  return {
      .name = "loss",
      .doc = "training loss, or a validation measure, against steps and against seconds",
      .keys = {{"x", "step, time_s or bytes_sent", "step and time_s, side by side", {"step", "time_s", "bytes_sent"}},
               {"y", "what is plotted", "train_loss", {"train_loss", "validation_loss", "validation_accuracy"}},
               {"series", "a column of runs.csv or a key of the grid: one curve for each value",
                "strategy, and world where it varies"}},
      .file_name = file_name,
      .draw = draw};
}

}  // namespace tandem::figures
