#include "app/store/columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "app/store/row_table.h"
#include "app/store/whole_file.h"
#include "core/config/json.h"

namespace tandem {
namespace {

/// JSON has no NaN and no infinity: null stands for what was not measured, and a diverged loss is a text with its sign.
Json json_of(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_of(const Json& json) {
  if (json.is_null()) return kNotMeasured;
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return json.get<double>();
}

constexpr bool kIsMeasure = true, kIsGiven = false;

template <auto member>
constexpr Column column(std::string_view name, std::string_view title, std::string_view unit, bool is_measure) {
  using Value = std::remove_cvref_t<decltype(std::declval<RunResult>().*member)>;
  return {name,
          title,
          unit,
          is_measure,
          [](const RunResult& result) { return text_of_field(result.*member); },
          [](const RunResult& result) -> Json {
            if constexpr (std::is_same_v<Value, double>) return json_of(result.*member);
            return result.*member;
          },
          [](const Json& json, RunResult& result) {
            if constexpr (std::is_same_v<Value, double>) {
              result.*member = number_of(json);
            } else {
              json.get_to(result.*member);
            }
          }};
}

using R = RunResult;
constexpr std::array kColumns = {
    column<&R::scenario>("scenario", "scenario", "", kIsGiven),
    column<&R::world>("world", "world", "", kIsGiven),
    column<&R::strategy>("strategy", "strategy", "", kIsGiven),
    column<&R::workers>("workers", "workers", "", kIsGiven),
    column<&R::seed>("seed", "seed", "", kIsGiven),
    column<&R::repeat>("repeat", "repeat", "", kIsGiven),
    column<&R::steps>("steps", "steps", "", kIsMeasure),
    column<&R::samples>("samples", "samples", "", kIsMeasure),
    column<&R::time_s>("time_s", "training time", "s", kIsMeasure),
    column<&R::step_s>("step_s", "step time", "s", kIsMeasure),
    column<&R::samples_per_s>("samples_per_s", "throughput", "samples/s", kIsMeasure),
    column<&R::compute_s>("compute_s", "compute time", "s", kIsMeasure),
    column<&R::comm_s>("comm_s", "communication time", "s", kIsMeasure),
    column<&R::idle_s>("idle_s", "idle time", "s", kIsMeasure),
    column<&R::messages_sent>("messages_sent", "messages sent", "", kIsMeasure),
    column<&R::bytes_sent>("bytes_sent", "bytes sent", "B", kIsMeasure),
    column<&R::max_bytes_sent_per_rank>("max_bytes_sent_per_rank", "most bytes sent by a rank", "B", kIsMeasure),
    column<&R::train_loss>("train_loss", "training loss", "", kIsMeasure),
    column<&R::validation_loss>("validation_loss", "validation loss", "", kIsMeasure),
    column<&R::validation_accuracy>("validation_accuracy", "validation accuracy", "", kIsMeasure),
    column<&R::mean_staleness>("mean_staleness", "mean staleness", "updates", kIsMeasure),
    column<&R::max_staleness>("max_staleness", "largest staleness", "updates", kIsMeasure),
    column<&R::parameters_sha256>("parameters_sha256", "SHA-256 of the parameters", "", kIsMeasure),
    column<&R::wall_s>("wall_s", "wall time", "s", kIsMeasure),
    column<&R::peak_rss_bytes>("peak_rss_bytes", "peak resident memory", "B", kIsMeasure),
    column<&R::ranks>("ranks", "ranks", "", kIsMeasure),
    column<&R::strategy_label>("strategy_label", "strategy", "", kIsGiven),
    column<&R::picks>("picks", "picked", "", kIsGiven),
    column<&R::time_to_loss_s>("time_to_loss_s", "time to the target loss", "s", kIsMeasure),
    column<&R::bytes_to_loss>("bytes_to_loss", "bytes sent until the target loss", "B", kIsMeasure),
    column<&R::time_to_validation_loss_s>("time_to_validation_loss_s", "time to the target validation loss", "s",
                                          kIsMeasure),
    column<&R::time_to_validation_accuracy_s>("time_to_validation_accuracy_s", "time to the target accuracy", "s",
                                              kIsMeasure),
    column<&R::checkpoints>("checkpoints", "checkpoints", "", kIsMeasure),
    column<&R::checkpoint_bytes>("checkpoint_bytes", "bytes of all checkpoints", "B", kIsMeasure),
    column<&R::checkpoint_s>("checkpoint_s", "time for checkpoints", "s", kIsMeasure),
    column<&R::failures>("failures", "failures", "", kIsMeasure),
    column<&R::lost_steps>("lost_steps", "lost steps", "", kIsMeasure),
    column<&R::lost_s>("lost_s", "lost time", "s", kIsMeasure),
    column<&R::detect_s>("detect_s", "time until failures were noticed", "s", kIsMeasure),
    column<&R::recovery_s>("recovery_s", "recovery time", "s", kIsMeasure),
    column<&R::useful_s>("useful_s", "useful time", "s", kIsMeasure),
    column<&R::goodput>("goodput", "goodput", "", kIsMeasure),
    column<&R::imbalance>("imbalance", "imbalance of computations", "", kIsMeasure),
    column<&R::idle_share>("idle_share", "share of the workers' time that is idle", "", kIsMeasure),
    column<&R::memory_bytes>("memory_bytes", "memory of the fullest rank, by formula", "B", kIsMeasure),
    column<&R::weights_error>("weights_error", "largest error of a weight", "", kIsMeasure),
    column<&R::network_model>("network_model", "network model", "", kIsGiven),
    column<&R::event_digest>("event_digest", "event digest", "", kIsMeasure),
    column<&R::failure>("failure", "failure", "", kIsGiven),
    column<&R::tandem>("tandem", "version of Tandem", "", kIsGiven),
};

}  // namespace

std::span<const Column> columns() { return kColumns; }

const Column* find_column(std::string_view name) {
  const auto found = std::find_if(kColumns.begin(), kColumns.end(), [&](const Column& c) { return c.name == name; });
  return found == kColumns.end() ? nullptr : &*found;
}

std::string_view canonical_column(std::string_view name) {
  if (name == "cluster.workers") return "workers";
  if (name == "strategy.name") return "strategy";
  return name;
}

std::vector<std::string> factor_keys(const std::vector<RunResult>& results) {
  std::vector<std::string> keys;
  for (const RunResult& result : results) {
    for (const auto& [key, value] : result.factors) {
      if (find_column(canonical_column(key)) != nullptr) continue;
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

std::string field_text(const RunResult& result, std::string_view name) {
  if (const Column* column = find_column(canonical_column(name))) {
    return column->is_measure && !result.failure.empty() ? std::string() : column->text(result);
  }
  for (const auto& [key, value] : result.factors) {
    if (key == name) return value;
  }
  return {};
}

std::optional<double> field_number(const RunResult& result, std::string_view name) {
  const std::string text = field_text(result, name);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string field_title(std::string_view name) {
  const Column* column = find_column(canonical_column(name));
  if (column != nullptr) return std::string(column->title);
  // "cluster.network.oversubscription": the mapping that is always there says nothing.
  std::string title(name.substr(name.find('.') + 1));
  std::replace_if(
      title.begin(), title.end(), [](char c) { return c == '.' || c == '_'; }, ' ');
  return title;
}

std::string_view field_unit(std::string_view name) {
  const Column* column = find_column(canonical_column(name));
  return column != nullptr ? column->unit : std::string_view();
}

std::string runs_csv(const std::vector<RunResult>& results) {
  std::vector<std::string> names = factor_keys(results);
  for (const Column& column : columns()) names.emplace_back(column.name);
  std::string text = csv_line(names);
  for (const RunResult& result : results) {
    std::vector<std::string> fields;
    for (const std::string& name : names) fields.push_back(field_text(result, name));
    text += csv_line(fields);
  }
  return text;
}

void write_runs_csv(const std::filesystem::path& path, const std::vector<RunResult>& results) {
  write_whole_file(path, runs_csv(results));
}

}  // namespace tandem
