// The two levels of a cluster whose nodes have several ranks: the ranks of a node, and the lanes across nodes, each
// with one rank of every node. There are as many lanes as the smallest node has ranks; ranks of larger nodes beyond
// these have none.
#pragma once

#include <cstddef>
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// Who is where, as one rank sees it.
struct Levels {
  explicit Levels(const Comm& comm);

  bool has_lane() const { return place < lanes; }
  /// The ranks of this node that have a lane.
  std::vector<int> node_with_lanes() const;

  std::vector<int> node;     ///< this node's ranks
  std::vector<int> lane;     ///< the ranks of this rank's lane; without one, of the lane that it joins
  std::size_t lanes, place;  ///< how many; this rank's place in its node
};

/// How many there are, by the shape of a call: for closed forms.
struct LevelSizes {
  LevelSizes(const CallShape& shape, int rank);

  bool has_lane() const { return place < lanes; }
  /// Both levels have something to do.
  bool has_both() const { return nodes > 1 && lanes > 1; }
  /// The ranks without a lane that join this one's.
  int joining() const { return (node_size - 1 - place) / lanes; }

  int nodes, node_number, node_size, lanes, place;
};

}  // namespace tandem
