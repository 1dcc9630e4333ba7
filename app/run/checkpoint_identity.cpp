#include "app/run/checkpoint_identity.h"

#include <fmt/format.h>

#include <array>

#include "app/store/provenance.h"
#include "app/store/sha256.h"
#include "core/config/json.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string_view bytes_of_values(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), bytes_of(values.size())};
}

std::string digest_of(const Dataset& data) {
  const std::vector<float> features = data.train.features.values();
  const std::array parts = {bytes_of_values(features), bytes_of_values(data.train.targets)};
  return sha256_of(parts);
}

/// The first difference: where, what was expected, what is there.
void compare(const Json& expected, const Json& found, const std::string& path, const std::filesystem::path& file) {
  if (expected == found) return;
  if (expected.is_object() && found.is_object()) {
    // In the order of the expected one, so that what explains a difference comes before what follows from it.
    for (const Json* object : {&expected, &found}) {
      for (const auto& [key, value] : object->items()) {
        const auto in = [&key = key](const Json& whole) { return whole.contains(key) ? whole.at(key) : Json(); };
        compare(in(expected), in(found), path.empty() ? key : path + "." + key, file);
      }
    }
    return;
  }
  throw UsageError(fmt::format("{}: the checkpoint is not this scenario's: {}: expected {}, found {}", file.string(),
                               path, expected.dump(), found.dump()));
}

}  // namespace

Json checkpoint_identity(const Scenario& scenario, const Job& job) {
  const Json all = to_json(scenario);
  Json workload = all.at("workload");
  // Where the data lie is of no account, and what is only looked at changes nothing.
  if (workload.contains("data") && workload["data"].is_object()) {
    workload["data"].erase("path");
    workload["data"].erase("labels");
  }
  workload.erase("target");
  workload.erase("evaluate_every");
  workload.erase("untimed_steps");
  Json identity = {{"tandem", provenance().at("tandem")},
                   {"seed", scenario.seed},
                   {"payload", scenario.payload == Payload::phantom ? "phantom" : "numeric"},
                   {"workers", scenario.cluster.workers},
                   {"strategy", all.at("strategy")},
                   {"workload", workload}};
  if (job.data != nullptr) identity["data_sha256"] = digest_of(*job.data);
  if (strategy_of(scenario.strategy).facts(scenario.strategy).same_bits) return identity;
  identity["world"] = scenario.world;
  identity["cluster"] = all.at("cluster");
  return identity;
}

void require_identity(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest,
                      const Json& expected) {
  // As it is read from a file: 1.0 and 1 are the same there.
  compare(Json::parse(expected.dump()), manifest.identity, "", checkpoint / "manifest.json");
}

}  // namespace tandem
