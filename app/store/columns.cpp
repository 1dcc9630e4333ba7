#include "app/store/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tandem {
namespace {

template <auto member>
std::string text_of(const RunResult& result) {
  const auto& value = result.*member;
  using Value = std::remove_cvref_t<decltype(value)>;
  if constexpr (std::is_same_v<Value, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<Value, double>) {
    return exact_text(value);
  } else {
    return fmt::format("{}", value);
  }
}

constexpr std::array kAlways = {
    Column{"scenario", "scenario", "", false, text_of<&RunResult::scenario>},
    Column{"world", "world", "", false, text_of<&RunResult::world>},
    Column{"strategy", "strategy", "", false, text_of<&RunResult::strategy>},
    Column{"workers", "workers", "", false, text_of<&RunResult::workers>},
    Column{"seed", "seed", "", false, text_of<&RunResult::seed>},
    Column{"repeat", "repeat", "", false, text_of<&RunResult::repeat>},
    Column{"steps", "steps", "", true, text_of<&RunResult::steps>},
    Column{"samples", "samples", "", true, text_of<&RunResult::samples>},
    Column{"time_s", "training time", "s", true, text_of<&RunResult::time_s>},
    Column{"step_s", "step time", "s", true, text_of<&RunResult::step_s>},
    Column{"samples_per_s", "throughput", "samples/s", true, text_of<&RunResult::samples_per_s>},
    Column{"compute_s", "compute time", "s", true, text_of<&RunResult::compute_s>},
    Column{"comm_s", "communication time", "s", true, text_of<&RunResult::comm_s>},
    Column{"idle_s", "idle time", "s", true, text_of<&RunResult::idle_s>},
    Column{"messages_sent", "messages sent", "", true, text_of<&RunResult::messages_sent>},
    Column{"bytes_sent", "bytes sent", "B", true, text_of<&RunResult::bytes_sent>},
    Column{"max_bytes_sent_per_rank", "most bytes sent by a rank", "B", true,
           text_of<&RunResult::max_bytes_sent_per_rank>},
    Column{"train_loss", "training loss", "", true, text_of<&RunResult::train_loss>},
    Column{"validation_loss", "validation loss", "", true, text_of<&RunResult::validation_loss>},
    Column{"validation_accuracy", "validation accuracy", "", true, text_of<&RunResult::validation_accuracy>},
    Column{"mean_staleness", "mean staleness", "updates", true, text_of<&RunResult::mean_staleness>},
    Column{"max_staleness", "largest staleness", "updates", true, text_of<&RunResult::max_staleness>},
    Column{"parameters_sha256", "SHA-256 of the parameters", "", true, text_of<&RunResult::parameters_sha256>},
    Column{"wall_s", "wall time", "s", true, text_of<&RunResult::wall_s>},
    Column{"peak_rss_bytes", "peak resident memory", "B", true, text_of<&RunResult::peak_rss_bytes>},
};

constexpr std::array kExtra = {
    Column{"ranks", "ranks", "", true, text_of<&RunResult::ranks>},
    Column{"strategy_label", "strategy", "", false, text_of<&RunResult::strategy_label>},
    Column{"picks", "picked", "", false, text_of<&RunResult::picks>},
    Column{"time_to_loss_s", "time to the target loss", "s", true, text_of<&RunResult::time_to_loss_s>},
    Column{"time_to_validation_loss_s", "time to the target validation loss", "s", true,
           text_of<&RunResult::time_to_validation_loss_s>},
    Column{"time_to_validation_accuracy_s", "time to the target accuracy", "s", true,
           text_of<&RunResult::time_to_validation_accuracy_s>},
    Column{"weights_error", "largest error of a weight", "", true, text_of<&RunResult::weights_error>},
    Column{"network_model", "network model", "", false, text_of<&RunResult::network_model>},
    Column{"event_digest", "event digest", "", true, text_of<&RunResult::event_digest>},
    Column{"failure", "failure", "", false, text_of<&RunResult::failure>},
};

}  // namespace

std::string exact_text(double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); }

std::span<const Column> always_columns() { return kAlways; }
std::span<const Column> extra_columns() { return kExtra; }

const Column* find_column(std::string_view name) {
  for (const std::span<const Column> columns : {always_columns(), extra_columns()}) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
    if (found != columns.end()) return &*found;
  }
  return nullptr;
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

}  // namespace tandem
