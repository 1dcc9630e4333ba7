// Two binary trees over the same ranks, of which a rank is inner in one alone (Sanders, Speck and Traeff 2009; the
// numbering is NCCL's). Places in a tree: 0 is the root, its one child the largest power of two below n. The children
// of another place lie half its lowest set bit to the left and to the right of it; a right child that is not there
// gives way to its own left child, and so on. So odd places are leaves.
//
// In the first tree rank r is at place r. The second is the first one mirrored, rank r at place n-1-r. With an odd
// number of ranks that would leave even ranks inner in both; there it is shifted instead, rank r at place r-1. Then
// rank 0 alone has children in both trees, one in each, and so neither sends nor receives more than others do.
#pragma once

#include <array>

namespace tandem {

/// The most edges from the root to a leaf: ceil(log2 n).
int tree_height(int size);

/// One of the two trees, seen from one rank.
struct Tree {
  static constexpr int kNobody = -1;

  /// `which` is 0 or 1. There are at least 2 ranks.
  Tree(int rank, int size, int which);

  bool is_root() const { return parent == kNobody; }
  /// Parent and children.
  int neighbours() const;

  int size, number;      ///< ranks; which tree
  int depth = 0;         ///< edges to the root
  int parent = kNobody;  ///< ranks, or kNobody
  std::array<int, 2> children = {kNobody, kNobody};
};

}  // namespace tandem
