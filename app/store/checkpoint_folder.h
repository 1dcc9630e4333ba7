// Checkpoints on disk. A checkpoint is a folder, checkpoints/step-00000012 in the run's folder: one safetensors file
// for each stack that holds state, and manifest.json, which is written last. A folder without a manifest is no
// checkpoint, so that a kill at any time leaves the old checkpoint or the new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/store/safetensors.h"

namespace tandem {

struct CheckpointPart {
  std::string file;
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct CheckpointManifest {
  std::size_t step = 0;          ///< steps that are done
  std::size_t next_step = 0;     ///< after how many the next checkpoint is due
  double time_s = 0;             ///< time spent in training when the checkpoint was complete
  double start_s = 0;            ///< when training began, on the world's clock
  bool workers_changed = false;  ///< while they trained, before it
  std::set<int> workers_before;  ///< how many trained in the parts of the run before the one that wrote it
  std::uint64_t state_bytes = 0;
  nlohmann::ordered_json identity;  ///< what a run must have in common with it to go on from it
  std::vector<CheckpointPart> parts;
};

/// In a run's folder.
inline constexpr std::string_view kCheckpoints = "checkpoints";

/// The folder of one checkpoint among those of a run.
std::filesystem::path checkpoint_path(const std::filesystem::path& checkpoints, std::size_t step);

/// "rank-0003.safetensors", "rank-0003-server.safetensors" for a second stack.
std::string part_name(int rank, int stack);

/// Writes a part into a checkpoint's folder, which is made if it is missing. Throws RunFailed.
CheckpointPart write_part(const std::filesystem::path& checkpoint, const std::string& name,
                          const std::vector<StoredTensor>& tensors, const std::map<std::string, std::string>& metadata);
/// Writes the manifest: now it is a checkpoint. Then removes those before it, the last `keep` aside, and what
/// incomplete attempts have left. Throws RunFailed.
void commit(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest, int keep);

/// The newest checkpoint of a run's folder, of its folder of checkpoints, or of one checkpoint; nothing where none is.
std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& folder);
/// Throws UsageError naming file, entry, what was expected and what was found.
CheckpointManifest read_manifest(const std::filesystem::path& checkpoint);
/// The content of a part, held to its digest; null if the manifest has none of this name. Throws UsageError.
std::optional<std::string> read_part(const std::filesystem::path& checkpoint, const CheckpointManifest& manifest,
                                     const std::string& name);

}  // namespace tandem
