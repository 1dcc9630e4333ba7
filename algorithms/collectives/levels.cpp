#include "algorithms/collectives/levels.h"

#include <algorithm>
#include <map>

namespace tandem {

Levels::Levels(const Comm& comm) {
  // Nodes in the order of their first ranks: a group may have them in another order than the cluster.
  std::vector<std::vector<int>> nodes;
  std::map<int, std::size_t> index_of;
  for (int rank = 0; rank < comm.size(); ++rank) {
    const auto [known, is_new] = index_of.try_emplace(comm.node_of(rank), nodes.size());
    if (is_new) nodes.emplace_back();
    nodes[known->second].push_back(rank);
  }
  node = nodes[index_of.at(comm.node_of(comm.rank()))];
  place = static_cast<std::size_t>(std::find(node.begin(), node.end(), comm.rank()) - node.begin());
  lanes = node.size();
  for (const std::vector<int>& ranks : nodes) lanes = std::min(lanes, ranks.size());
  for (const std::vector<int>& ranks : nodes) lane.push_back(ranks[place % lanes]);
}

std::vector<int> Levels::node_with_lanes() const {
  return {node.begin(), node.begin() + static_cast<std::ptrdiff_t>(lanes)};
}

LevelSizes::LevelSizes(const CallShape& shape, int rank) {
  const int most = std::min(shape.ranks_per_node, shape.size);
  nodes = (shape.size + most - 1) / most;
  const int last_size = shape.size - (nodes - 1) * most;
  node_number = rank / most;
  node_size = node_number == nodes - 1 ? last_size : most;
  lanes = std::min(most, last_size);
  place = rank % most;
}

}  // namespace tandem
