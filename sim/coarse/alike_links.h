// Between which places of a group all messages pass links that are alike, so that it does not matter which of them a
// message takes: a message that stands for several rounds with other partners each (core/rounds.h) goes to the first.
#pragma once

#include <memory>

#include "core/cluster.h"
#include "core/rounds.h"
#include "sim/network/interconnect.h"

namespace tandem::sim {

class AlikeLinks {
 public:
  /// `interconnect` is null for a platform file.
  AlikeLinks(const Network& network, std::shared_ptr<const Interconnect> interconnect);

  /// The distances at which every rank's partner is on another node, where nodes have links of one bandwidth and as
  /// many ranks of the group each, and nothing but these links is narrow. Empty where links differ, may change, or are
  /// shared with others' bytes.
  Range distances(const RoundsAt& at) const;

 private:
  std::shared_ptr<const Interconnect> interconnect_;  ///< null: links are not alike
};

}  // namespace tandem::sim
