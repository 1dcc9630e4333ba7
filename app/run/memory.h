// Whether a run fits its hosts: the memory of the rank that holds the most, by formula.
#pragma once

#include <optional>
#include <string>

#include "algorithms/strategies/memory.h"
#include "app/scenario/scenario.h"

namespace tandem {

struct RankMemory {
  int rank = 0;
  Memory memory;
};

/// The rank that holds the most; of several the first. Nothing where the strategy has no formula, or where nobody
/// asks: neither does the scenario state cluster.host.memory nor the model what its layers keep.
std::optional<RankMemory> most_memory(const Scenario& scenario, const Job& job);

/// "45.6GB of parameters, gradients and optimizer state + 59.2GB of activations = 105GB".
std::string sum_text(const Memory& memory);

/// Why the run does not fit cluster.host.memory, for people; empty when it does, or when nobody knows.
std::optional<std::string> refusal_of_memory(const Scenario& scenario, const Job& job);

/// The memory of this machine, if it is what must hold the values of all ranks. Nothing where ranks have no values, or
/// where a launcher chooses hosts, whose memory is not known.
std::optional<double> memory_for_values_bytes(const Scenario& scenario, const Model& model);

/// Why this machine's memory does not hold all ranks at once, for people; empty when it does, or when nobody knows.
std::optional<std::string> refusal_of_all_memory(const Scenario& scenario, const Job& job);

}  // namespace tandem
