// Which ranks share a host, and with it the host's network card.
#pragma once

#include <limits>

namespace tandem {

/// Workers fill one node after the other; every dedicated server, whose ranks come after the workers', has a node of
/// its own. As it is, every rank has one.
struct Nodes {
  int workers = std::numeric_limits<int>::max();
  int ranks_per_node = 1;

  int of(int rank) const {
    if (rank < workers) return rank / ranks_per_node;
    return (workers + ranks_per_node - 1) / ranks_per_node + rank - workers;
  }
};

}  // namespace tandem
