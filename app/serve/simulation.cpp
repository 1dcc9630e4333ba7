#include "app/serve/simulation.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "app/store/scratch_folder.h"
#include "core/errors.h"
#include "core/process/program.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

nlohmann::ordered_json timeline_in(const fs::path& folder) {
  std::ifstream file(folder / "timeline.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json::parse(text);
}

}  // namespace

nlohmann::ordered_json simulate(const Scenario& scenario) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "scenario.yaml", out = scratch.path() / "out";
  std::ofstream(file) << to_json(scenario).dump(2);
  const ProgramResult result = run_program({this_program(), "run", file, "-o", out, "--json", "-j", "1"},
                                           {.folder = scratch.path(), .timeout_s = kLongestSimulation_s});
  if (!result.ended_in_time)
    throw RunFailed(fmt::format("stopped after {:g} s: try fewer workers", kLongestSimulation_s));
  if (!result.end.is_success() && result.output.empty()) throw UsageError(result.errors);
  const auto json = nlohmann::ordered_json::parse(result.output, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || json.value("runs", nlohmann::ordered_json()).empty()) throw RunFailed(result.errors);
  const auto& run = json.at("runs").at(0);
  if (const std::string failure = run.value("failure", ""); !failure.empty()) throw RunFailed(failure);
  nlohmann::ordered_json answer = {{"workers", run.at("workers")}, {"label", run.at("strategy_label")}};
  for (const char* key :
       {"time_s", "step_s", "samples_per_s", "compute_s", "comm_s", "idle_s", "bytes_sent", "event_digest"})
    answer[key] = run.at(key);
  answer["timeline"] = timeline_in(out);
  return answer;
}

}  // namespace tandem
