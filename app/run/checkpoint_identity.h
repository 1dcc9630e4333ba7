// What a run must have in common with a checkpoint to go on from it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/scenario.h"
#include "app/store/checkpoint_folder.h"

namespace tandem {

/// Program, seed, workload, strategy, number of workers and the data. A strategy that ends with the same bits in every
/// world may go on in another world and on another cluster; the others may not.
nlohmann::ordered_json checkpoint_identity(const Scenario& scenario, const Job& job);

/// Throws UsageError that names the first entry at which the checkpoint's identity is another.
void require_identity(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest,
                      const nlohmann::ordered_json& expected);

}  // namespace tandem
