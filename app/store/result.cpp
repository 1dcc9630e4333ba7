#include "app/store/result.h"

#include "app/store/columns.h"

namespace tandem {

using Json = nlohmann::ordered_json;

Json to_json(const RunResult& result) {
  Json json;
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
  for (const auto& [key, value] : json.at("factors").items())
    result.factors.emplace_back(key, value.get<std::string>());
  for (const Column& column : columns()) column.read(json.at(std::string(column.name)), result);
  json.at("same_bits").get_to(result.same_bits);
  json.at("check_failed").get_to(result.check_failed);
  json.at("staleness_counts").get_to(result.staleness_counts);
  return result;
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace tandem
