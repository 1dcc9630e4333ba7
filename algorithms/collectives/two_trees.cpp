#include "algorithms/collectives/two_trees.h"

#include <algorithm>
#include <bit>

namespace tandem {
namespace {

int parent_place(int place, int size) {
  const int lowest = place & -place, right = (place ^ lowest) | (lowest << 1);
  return right < size ? right : place ^ lowest;
}

}  // namespace

int tree_height(int size) { return std::bit_width(static_cast<unsigned>(size - 1)); }

Tree::Tree(int rank, int ranks, int which) : size(ranks), number(which) {
  const bool is_mirrored = size % 2 == 0;
  const auto rank_of = [&](int at) { return number == 0 ? at : is_mirrored ? size - 1 - at : (at + 1) % size; };
  const int place = number == 0 ? rank : is_mirrored ? size - 1 - rank : (rank + size - 1) % size;
  for (int above = place; above != 0; above = parent_place(above, size)) ++depth;
  if (place != 0) parent = rank_of(parent_place(place, size));

  const int reach = (place == 0 ? 1 << tree_height(size) : place & -place) / 2;
  if (place != 0 && reach > 0) children[0] = rank_of(place - reach);
  for (int distance = reach; distance > 0 && children[1] == kNobody; distance /= 2) {
    if (place + distance < size) children[1] = rank_of(place + distance);
  }
}

int Tree::neighbours() const {
  const auto missing = std::count(children.begin(), children.end(), kNobody);
  return (is_root() ? 0 : 1) + static_cast<int>(children.size()) - static_cast<int>(missing);
}

}  // namespace tandem
