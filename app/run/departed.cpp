#include "app/run/departed.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/run/rank_record_codec.h"

namespace tandem {

std::string departed_entry(std::size_t index) { return fmt::format("departed {}", index); }

int workers_of(const CheckpointManifest& manifest) { return manifest.identity.at("workers").get<int>(); }

Membership membership_of(const Resumption& from, int workers) {
  Membership membership{.has_changed = from.manifest.workers_changed || workers_of(from.manifest) != workers};
  membership.workers_before = from.manifest.workers_before;
  membership.workers_before.insert(workers_of(from.manifest));
  if (!membership.has_changed) return membership;
  StateRestorer restorer(from.checkpoint, from.manifest);
  const Holder first{};
  for (std::size_t i = 0;; ++i) {
    const StoredTensor* departed = restorer.find(first, departed_entry(i));
    if (departed == nullptr) break;
    membership.departed.push_back(record_in(*departed));
  }
  // Each of them has written a part, whatever number a file may state.
  const int before = std::min(workers_of(from.manifest), static_cast<int>(from.manifest.parts.size()));
  for (int rank = workers; rank < before; ++rank) {
    const StoredTensor* record = restorer.find({.rank = rank}, kRecordsEntry);
    if (record != nullptr) membership.departed.push_back(record_in(*record));
  }
  return membership;
}

}  // namespace tandem
