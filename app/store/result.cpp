#include "app/store/result.h"

#include <algorithm>
#include <array>

#include "app/store/columns.h"
#include "app/store/results_format.h"
#include "core/config/json_mistake.h"

namespace tandem {

namespace {

/// What a result of any format has. Other columns may have come after it was written: they were not measured then.
constexpr std::array<std::string_view, 7> kFirstColumns = {"scenario", "world",  "strategy", "workers",
                                                           "seed",     "repeat", "steps"};

bool came_later(std::string_view column, int format) {
  return format < kResultsFormat &&
         std::find(kFirstColumns.begin(), kFirstColumns.end(), column) == kFirstColumns.end();
}

}  // namespace

Json to_json(const RunResult& result) {
  Json json = {{"format", kResultsFormat}};
  json["factors"] = Json::object();
  for (const auto& [key, value] : result.factors) json["factors"][key] = value;
  for (const Column& column : columns()) json[std::string(column.name)] = column.json(result);
  json["same_bits"] = result.same_bits;
  json["check_failed"] = result.check_failed;
  json["staleness_counts"] = result.staleness_counts;
  return json;
}

RunResult run_result_from_json(const Json& json) {
  RunResult result;
  const int format = results_format(json);
  for (const auto& [key, value] : json.at("factors").items())
    result.factors.emplace_back(key, value.get<std::string>());
  for (const Column& column : columns()) {
    const std::string name(column.name);
    if (!json.contains(name) && came_later(name, format)) continue;
    if (!json.contains(name)) throw ColumnError(name, "it is missing");
    try {
      column.read(json.at(name), result);
    } catch (const Json::exception& error) {
      throw ColumnError(name, in_plain_words(error));
    }
  }
  json.at("same_bits").get_to(result.same_bits);
  json.at("check_failed").get_to(result.check_failed);
  json.at("staleness_counts").get_to(result.staleness_counts);
  return result;
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace tandem
