// Rules that concern several keys of the cluster.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "app/scenario/rules.h"
#include "app/scenario/scenario.h"
#include "core/config/reader.h"

namespace tandem {

/// The place of a key's value, or of the scenario's beginning when the key is not given.
Position place_of(const Value& tree, std::string_view path);
bool is_given(const Value& tree, std::string_view path);
/// The path of the file that a key names, relative to the scenario's folder.
void resolve_file(const Value& tree, const std::string& path, const std::filesystem::path& folder, Reader& reader,
                  std::string& file);

/// Checks combinations of keys and reads the files that the cluster names. Mistakes go to `reader`.
void resolve_cluster(const Value& tree, const std::filesystem::path& folder, Reader& reader, Cluster& cluster);

/// Whether a key of cluster.network means something where a platform file states the links.
bool stands_beside_platform(std::string_view network_key);

/// See conflict in rules.h.
std::optional<Conflict> cluster_conflict(const Scenario& scenario);

}  // namespace tandem
