// Pipelined double binary tree (Sanders, Speck and Traeff, "Two-tree algorithms for full bandwidth broadcast, reduction
// and scan", 2009). Two trees span the ranks, and each carries half the vector, in pieces: up, where every rank adds
// what its two children send, then down again. A rank that has children in one tree is a leaf of the other
// (two_trees.h says how, and for which rank this does not hold), so that no rank sends more than 2 N.
//
//   cost: (m + 2 h - 1) (alpha + 2 N/m beta), h = ceil(log2 n), m pieces in each tree; 2 h alpha for small vectors
//   messages per rank: m to each neighbour in each tree      bytes per rank: half of N to each neighbour in each tree
//
// The latency of a tree with nearly the bytes of the ring: for many ranks and vectors of any size.
#include <algorithm>
#include <cmath>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/pick.h"
#include "algorithms/collectives/two_trees.h"

namespace tandem::collectives {
namespace {

constexpr int kUp = 1, kDown = 3;  // and the numbers behind them: one for each tree

// With the links that `auto` assumes, these many pieces take the least time; a piece has at least one value.
int pieces(const CallShape& shape) {
  const double waiting = 2 * tree_height(shape.size) - 1, moving = 2 * bytes_of_call(shape) / kBytesPerLatency;
  const double most = std::max(1.0, std::floor(static_cast<double>(shape.count) / 2));
  return static_cast<int>(std::clamp(std::round(std::sqrt(waiting * moving)), 1.0, most));
}

// One tree's half of the vector, seen from one rank. Piece k leaves depth d upwards in round k + h - d and downwards in
// round k + h + d, so that whatever a rank sends in a round it has from an earlier one.
class Pipeline {
 public:
  Pipeline(Comm& comm, const Tree& tree, Slice half, Slice arriving, int pieces)
      : comm_(comm), tree_(tree), half_(half), arriving_(arriving), pieces_(pieces), height_(tree_height(tree.size)) {}

  void post(int round, std::vector<Op>& ops) {
    const int to_parent = round - height_ + tree_.depth, from_parent = round - height_ - tree_.depth + 1;
    for (std::size_t child = 0; child < 2; ++child) {
      const int rank = tree_.children[child];
      if (rank == Tree::kNobody) continue;
      if (has(to_parent + 1)) ops.push_back(comm_.irecv(rank, kUp + tree_.number, arrival(child, to_parent + 1)));
      if (has(from_parent - 1)) ops.push_back(comm_.isend(rank, kDown + tree_.number, piece(from_parent - 1)));
    }
    if (tree_.is_root()) return;
    if (has(to_parent)) ops.push_back(comm_.isend(tree_.parent, kUp + tree_.number, piece(to_parent)));
    if (has(from_parent)) ops.push_back(comm_.irecv(tree_.parent, kDown + tree_.number, piece(from_parent)));
  }
  void add(int round) {
    const int arrived = round - height_ + tree_.depth + 1;
    for (std::size_t child = 0; has(arrived) && child < 2; ++child) {
      if (tree_.children[child] != Tree::kNobody) accumulate(comm_, piece(arrived), arrival(child, arrived));
    }
  }

 private:
  bool has(int index) const { return 0 <= index && index < pieces_; }
  Slice piece(int index) const {
    return part_of(half_, even_part(half_.count, static_cast<std::size_t>(pieces_), static_cast<std::size_t>(index)));
  }
  Slice arrival(std::size_t child, int index) const {
    return arriving_.part(child * (arriving_.count / 2), piece(index).count);
  }

  Comm& comm_;
  Tree tree_;
  Slice half_, arriving_;
  int pieces_, height_;
};

Range half_of(std::size_t count, int tree) { return even_part(count, 2, static_cast<std::size_t>(tree)); }

void all_reduce(Comm& comm, Slice data) {
  if (comm.size() == 1) return;
  const CallShape shape{.size = comm.size(), .count = data.count};
  const int count = pieces(shape);
  const std::size_t longest = data.count / 2 / static_cast<std::size_t>(count) + 1;
  const Slice arriving = comm.scratch(4 * longest, data.element);
  std::vector<Pipeline> trees;
  for (const int which : {0, 1}) {
    trees.emplace_back(comm, Tree(comm.rank(), comm.size(), which), part_of(data, half_of(data.count, which)),
                       arriving.part(static_cast<std::size_t>(which) * 2 * longest, 2 * longest), count);
  }
  for (int round = 0; round < count + 2 * tree_height(shape.size) - 1; ++round) {
    std::vector<Op> ops;
    for (Pipeline& tree : trees) tree.post(round, ops);
    comm.wait_all(ops);
    for (Pipeline& tree : trees) tree.add(round);
  }
}

Traffic traffic(const CallShape& shape, int rank) {
  Traffic traffic;
  for (const int which : {0, 1}) {
    const auto neighbours =
        static_cast<std::uint64_t>(shape.size == 1 ? 0 : Tree(rank, shape.size, which).neighbours());
    const std::uint64_t bytes = neighbours * value_bytes(half_of(shape.count, which).size());
    const std::uint64_t messages = neighbours * static_cast<std::uint64_t>(pieces(shape));
    traffic += {messages, bytes, messages, bytes};
  }
  return traffic;
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  if (shape.size == 1) return 0;
  const double count = pieces(shape), bytes = bytes_of_call(shape);
  const double busiest = shape.size == 2 ? 1 : 2;
  return (count + 2 * tree_height(shape.size) - 1) *
         (links.alpha_s + busiest * bytes / count * links.beta_s_per_byte + bytes / count * links.gamma_s_per_byte);
}

}  // namespace

Collective double_binary_tree() {
  return {.name = "double-binary-tree",
          .doc = "two pipelined trees, half the vector each: the latency of a tree with nearly the ring's bytes",
          .paper = "Sanders, Speck and Traeff 2009",
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
