// The binomial tree of collectives with a root. Ranks are numbered from the root; the parent of a number has its lowest
// set bit cleared, and the numbers below it in the tree follow it.
#pragma once

#include <algorithm>
#include <bit>

namespace tandem {

/// One rank's place in the tree.
struct BinomialPlace {
  BinomialPlace(int rank, int its_root, int ranks)
      : number((rank - its_root + ranks) % ranks), root(its_root), size(ranks) {}

  static int rounds(int size) { return std::bit_width(static_cast<unsigned>(size - 1)); }
  /// The root has none; it counts as one above all numbers.
  int lowest_bit() const { return number == 0 ? 1 << rounds(size) : number & -number; }
  /// The ranks of its part of the tree, itself included: the numbers from its own on.
  int below() const { return std::min(lowest_bit(), size - number); }
  int parent() const { return rank_of(number - lowest_bit()); }
  int rank_of(int other) const { return (other + root) % size; }

  int number, root, size;
};

}  // namespace tandem
