#include "app/import/formats/replay_scenario.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tandem::formats {

std::string replay_scenario(const std::string& stem, std::size_t ranks, Origin origin, const std::string& about) {
  std::string text =
      fmt::format("tandem: 1\nname: {}\nquestion: \"What does the traced work take on another network?\"\n",
                  nlohmann::json(stem).dump());
  text += "workload:\n";
  text += comment("A sample is the work of the whole trace.", 2);
  text += "  batch: {global: 1}\n  stop: {steps: 1}\n";
  text += fmt::format("strategy: {{name: replay, program: {}}}\n", nlohmann::json(stem + ".yaml").dump());
  text += "world: sim\ncluster:\n";
  text += origin_comment(origin, about, 2);
  text += fmt::format("  workers: {}\n", ranks);
  text += comment("A trace says nothing of the network: import a log of nccl-tests (from: ...), or state it.", 2);
  return text + "  network: {bandwidth: 10Gbit/s, latency: 50us}\n";
}

}  // namespace tandem::formats
