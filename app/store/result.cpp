#include "app/store/result.h"

#include <cmath>

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no NaN and no infinity: null is what was not measured, a diverged loss keeps its sign as text.
Json number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number(const Json& json) {
  if (json.is_null()) return kNotMeasured;
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return json.get<double>();
}

/// The one list of fields, walked by both directions.
template <typename Result, typename Visit>
void for_each_field(Result& r, Visit visit) {
  visit("scenario", r.scenario);
  visit("world", r.world);
  visit("strategy", r.strategy);
  visit("strategy_label", r.strategy_label);
  visit("workers", r.workers);
  visit("ranks", r.ranks);
  visit("seed", r.seed);
  visit("repeat", r.repeat);
  visit("steps", r.steps);
  visit("samples", r.samples);
  visit("time_s", r.time_s);
  visit("step_s", r.step_s);
  visit("samples_per_s", r.samples_per_s);
  visit("compute_s", r.compute_s);
  visit("comm_s", r.comm_s);
  visit("idle_s", r.idle_s);
  visit("messages_sent", r.messages_sent);
  visit("bytes_sent", r.bytes_sent);
  visit("max_bytes_sent_per_rank", r.max_bytes_sent_per_rank);
  visit("train_loss", r.train_loss);
  visit("validation_loss", r.validation_loss);
  visit("validation_accuracy", r.validation_accuracy);
  visit("time_to_loss_s", r.time_to_loss_s);
  visit("time_to_validation_loss_s", r.time_to_validation_loss_s);
  visit("time_to_validation_accuracy_s", r.time_to_validation_accuracy_s);
  visit("mean_staleness", r.mean_staleness);
  visit("max_staleness", r.max_staleness);
  visit("parameters_sha256", r.parameters_sha256);
  visit("same_bits", r.same_bits);
  visit("wall_s", r.wall_s);
  visit("peak_rss_bytes", r.peak_rss_bytes);
  visit("weights_error", r.weights_error);
  visit("picks", r.picks);
  visit("network_model", r.network_model);
  visit("event_digest", r.event_digest);
  visit("failure", r.failure);
  visit("check_failed", r.check_failed);
  visit("staleness_counts", r.staleness_counts);
}

}  // namespace

Json to_json(const RunResult& result) {
  Json json;
  json["factors"] = Json::object();
  for (const auto& [key, value] : result.factors) json["factors"][key] = value;
  for_each_field(result, [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>) {
      json[name] = number(value);
    } else {
      json[name] = value;
    }
  });
  return json;
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

RunResult run_result_from_json(const Json& json) {
  RunResult result;
  for (const auto& [key, value] : json.at("factors").items())
    result.factors.emplace_back(key, value.get<std::string>());
  for_each_field(result, [&](const char* name, auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, double>) {
      value = number(json.at(name));
    } else {
      value = json.at(name).template get<Value>();
    }
  });
  return result;
}

}  // namespace tandem
