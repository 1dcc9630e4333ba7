// How many workers a strategy can do without.
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

/// So many workers may end while the others go on.
inline int deaths_survived(const Choice& strategy) {
  if (const auto* option = strategy.find<BackupOption>()) return option->backups;
  const auto* option = strategy.find<DeathsOption>();
  return option == nullptr ? 0 : option->deaths;
}

}  // namespace tandem
