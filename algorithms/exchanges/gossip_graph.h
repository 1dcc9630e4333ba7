// Who averages with whom in gossip: graphs in which every worker has as many neighbours as every other, so that equal
// weights are doubly stochastic and keep the mean of all workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/config/choice.h"

namespace tandem {

enum class GossipGraph {
  ring,      ///< left and right
  torus,     ///< four neighbours in a grid as square as the workers divide
  complete,  ///< everyone
  random,    ///< left and right in a ring whose order is drawn anew in each step, the same for all
};

struct GossipOptions {
  GossipGraph graph = GossipGraph::ring;
};
OptionTable gossip_options();

/// In ascending order, without the worker itself, each once. Their number depends on graph and workers alone; it is the
/// same for all. Every worker gives itself and each neighbour the weight 1 / (neighbours + 1).
std::vector<int> neighbours(GossipGraph graph, int workers, int worker, std::uint64_t seed, std::size_t step);

}  // namespace tandem
