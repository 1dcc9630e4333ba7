// How many workers a strategy can do without.
#pragma once

#include "core/config/choice.h"

namespace tandem {

struct BackupOption {
  int backups = 1;
};

/// So many workers may end while the others go on.
inline int deaths_survived(const Choice& strategy) {
  const BackupOption* option = strategy.find<BackupOption>();
  return option == nullptr ? 0 : option->backups;
}

}  // namespace tandem
