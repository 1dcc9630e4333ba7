// Which ranks a strategy can do without.
#pragma once

#include <optional>
#include <string>

#include "algorithms/job.h"

namespace tandem {

struct BackupOption {
  int backups = 1;
};

/// The same where nobody stands in for them.
struct DeathsOption {
  int deaths = 0;
};
OptionTable deaths_option();
/// Why not so many, for people.
std::optional<std::string> deaths_refusal(const Job& job);

/// Servers that have another one beside them, which takes over when they die.
struct ServerReplicaOption {
  int replicas = 0;
};
OptionTable server_replicas_option();

/// So many workers may end while the others go on.
inline int deaths_survived(const Choice& strategy) {
  if (const auto* option = strategy.find<BackupOption>()) return option->backups;
  const auto* option = strategy.find<DeathsOption>();
  return option == nullptr ? 0 : option->deaths;
}

/// Each server may end while its replica lives, and the other way round.
inline bool has_replicas(const Choice& strategy) {
  const auto* option = strategy.find<ServerReplicaOption>();
  return option != nullptr && option->replicas > 0;
}

/// Some rank may end while the others go on.
inline bool outlives_deaths(const Choice& strategy) { return deaths_survived(strategy) > 0 || has_replicas(strategy); }

}  // namespace tandem
