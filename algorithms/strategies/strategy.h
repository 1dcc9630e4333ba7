// A strategy is a free function and a registry row. To add one: write strategies/NAME.cpp, declare its row below, list
// it in registry.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/job.h"
#include "algorithms/recorder.h"
#include "core/comm.h"

namespace tandem {

struct Strategy {
  std::string_view name;
  std::string_view doc;                   ///< one line
  std::vector<std::string_view> options;  ///< the keys of StrategySpec that it takes
  bool synchronous;                       ///< same scenario and seed, same parameter bits in every world
  int (*ranks)(const Job& job);           ///< workers first, then servers
  /// Why this job cannot be run, for people; empty when it can.
  std::optional<std::string> (*refusal)(const StrategySpec& spec, int workers, const Model& model);
  void (*run)(Comm& comm, const Job& job, Recorder& recorder);
  /// The closed form: what `rank` sends and receives in `steps` steps.
  Traffic (*traffic)(const Job& job, int rank, std::size_t steps);
  /// What the scenario leaves to the program and the program picked, for people; null or empty: nothing.
  std::string (*picks)(const Job& job) = nullptr;
  std::string_view worker_role = "worker";  ///< what ranks below `workers` are called in ranks.csv
};

std::span<const Strategy> strategies();
const Strategy* find_strategy(std::string_view name);

}  // namespace tandem
