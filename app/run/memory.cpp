#include "app/run/memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <vector>

#include "algorithms/strategies/strategy.h"
#include "core/units.h"

namespace tandem {
namespace {

std::string bytes_text(double bytes) { return format_quantity(bytes, Dimension::bytes, 3); }

}  // namespace

std::optional<RankMemory> most_memory(const Scenario& scenario, const Job& job) {
  if (!scenario.cluster.memory_bytes && !job.model.states_memory) return std::nullopt;
  const Strategy& strategy = strategy_of(scenario.strategy);
  std::optional<RankMemory> most;
  for (int rank = 0; rank < strategy.layout(scenario.strategy, job.workers).ranks; ++rank) {
    const std::optional<Memory> memory = strategy.memory(job, rank);
    if (!memory) return std::nullopt;
    if (!most || memory->total() > most->memory.total()) most = {rank, *memory};
  }
  return most;
}

std::string sum_text(const Memory& memory) {
  std::vector<std::string> parts = {
      fmt::format("{} of parameters, gradients and optimizer state", bytes_text(memory.state()))};
  if (memory.activations > 0) parts.push_back(fmt::format("{} of activations", bytes_text(memory.activations)));
  if (memory.room > 0) parts.push_back(fmt::format("{} of further copies", bytes_text(memory.room)));
  if (memory.coding > 0) parts.push_back(fmt::format("{} of coding", bytes_text(memory.coding)));
  return fmt::format("{} = {}", fmt::join(parts, " + "), bytes_text(memory.total()));
}

std::optional<std::string> refusal_of_memory(const Scenario& scenario, const Job& job) {
  if (!scenario.cluster.memory_bytes) return std::nullopt;
  const std::optional<RankMemory> most = most_memory(scenario, job);
  if (!most || most->memory.total() <= *scenario.cluster.memory_bytes) return std::nullopt;
  return fmt::format("rank {} would hold {}, and cluster.host.memory is {}", most->rank, sum_text(most->memory),
                     bytes_text(*scenario.cluster.memory_bytes));
}

std::optional<double> memory_for_values_bytes(const Scenario& scenario, const Model& model) {
  if (!model.is_numeric() || scenario.payload == Payload::phantom) return std::nullopt;
  if (scenario.traits().started_by == StartedBy::launcher) return std::nullopt;
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

// What layers keep is left out: a simulation's ranks compute one after the other.
std::optional<std::string> refusal_of_all_memory(const Scenario& scenario, const Job& job) {
  const std::optional<double> machine_bytes = memory_for_values_bytes(scenario, job.model);
  if (!machine_bytes) return std::nullopt;
  const Strategy& strategy = strategy_of(scenario.strategy);
  const int ranks = strategy.layout(scenario.strategy, job.workers).ranks;
  Memory all;
  for (int rank = 0; rank < ranks; ++rank) {
    const std::optional<Memory> memory = strategy.memory(job, rank);
    if (!memory) return std::nullopt;
    all.parameters += memory->state();
    all.room += memory->room;
    all.coding += memory->coding;
  }
  if (all.total() <= *machine_bytes) return std::nullopt;
  return fmt::format("{} ranks together hold {}, and this machine has {}", ranks, sum_text(all),
                     bytes_text(*machine_bytes));
}

}  // namespace tandem
