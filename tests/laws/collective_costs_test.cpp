// What collectives cost: simulated times against their alpha-beta formulas, the laws of single algorithms, and NCCL's
// published model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "algorithms/collectives/kinds.h"
#include "algorithms/collectives/nccl_model.h"
#include "algorithms/collectives/pick.h"
#include "algorithms/collectives/two_trees.h"
#include "app/worlds/worlds.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

constexpr double kLatency_s = 20e-6, kBandwidth = 1.25e9;
constexpr LinkCosts kLinks{.alpha_s = kLatency_s, .beta_s_per_byte = 1 / kBandwidth};

Cluster cluster_of(int ranks, int ranks_per_node = 1) {
  Cluster cluster{.workers = ranks, .ranks_per_node = ranks_per_node};
  cluster.network.latency_s = kLatency_s;
  cluster.network.bandwidth_bytes_per_s = kBandwidth;
  cluster.network.intra_node = {.bandwidth_bytes_per_s = kNodeSpeed * kBandwidth, .latency_s = kLatency_s / kNodeSpeed};
  return cluster;
}

struct Measured {
  const OperationKind& kind;
  const Collective& algorithm;
  CallShape shape;
  double time_s = 0;  ///< the longest that any rank took
  Traffic most_sent = {};
};

// In one simulation after the other: barriers between them, which ranks of a power of two leave together.
void simulate(const Cluster& cluster, std::vector<Measured>& calls) {
  find_world("sim")->run(
      {.ranks = cluster.workers, .payload = Payload::phantom, .cluster = cluster}, [&](Endpoint& endpoint) {
        Comm comm(endpoint, {.payload = Payload::phantom, .timeout_s = kNoDeadline, .nodes = cluster.nodes()});
        for (Measured& call : calls) {
          const Buffer data = comm.make_buffer(call.shape.count), result = comm.make_buffer(call.shape.count);
          barrier(comm);
          comm.ledger().traffic = {};
          comm.ledger().counting = true;
          const double start_s = comm.now();
          call.kind.run(call.algorithm, comm, data, result, call.shape.root);
          call.time_s = std::max(call.time_s, comm.now() - start_s);
          comm.ledger().counting = false;
          const Traffic& traffic = comm.ledger().traffic;
          call.most_sent.messages_sent = std::max(call.most_sent.messages_sent, traffic.messages_sent);
          call.most_sent.bytes_sent = std::max(call.most_sent.bytes_sent, traffic.bytes_sent);
        }
      });
}

// docs/algorithms.md holds the table between two marks.
std::string counted_in_document() {
  const std::string text = content_of(TANDEM_SOURCE_DIR "/docs/algorithms.md"), begin = "<!-- counted -->\n";
  const std::size_t first = text.find(begin) + begin.size();
  return text.substr(first, text.find("<!-- /counted -->") - first);
}

// The formula's value and what was counted, where they differ.
std::string beside(const std::string& formula, const std::string& counted) {
  return formula == counted ? formula : formula + ", counted " + counted;
}

std::string row_of(const Measured& call) {
  Traffic most;
  for (int rank = 0; rank < call.shape.size; ++rank) {
    const Traffic traffic = call.kind.traffic(call.algorithm, call.shape, rank);
    most.messages_sent = std::max(most.messages_sent, traffic.messages_sent);
    most.bytes_sent = std::max(most.bytes_sent, traffic.bytes_sent);
  }
  const auto time = [](double seconds) { return fmt::format("{:.1f} us", seconds * 1e6); };
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", call.kind.name, call.algorithm.name,
                     beside(fmt::to_string(most.messages_sent), fmt::to_string(call.most_sent.messages_sent)),
                     beside(fmt::to_string(most.bytes_sent), fmt::to_string(call.most_sent.bytes_sent)),
                     time(call.kind.cost_s(call.algorithm, call.shape, kLinks)), time(call.time_s));
}

TEST(Counted, IsInTheDocument) {
  std::vector<Measured> calls;
  for (const OperationKind& kind : operation_kinds()) {
    for (const Collective* algorithm : algorithms_of(kind)) {
      calls.push_back(
          {kind, *algorithm, {.size = 8, .count = kind.has_values ? std::size_t{1} << 18 : std::size_t{0}}});
    }
  }
  simulate(cluster_of(8), calls);
  std::string table =
      "| operation | algorithm | most messages per rank | most bytes per rank | time by formula | simulated |\n"
      "|---|---|---|---|---|---|\n";
  for (const Measured& call : calls) table += row_of(call);
  const std::string made = testing::TempDir() + "counted.md";
  std::ofstream(made) << table;
  EXPECT_EQ(counted_in_document(), table) << "docs/algorithms.md differs; what belongs there is in " << made;
}

class CostFormulas : public testing::TestWithParam<int> {};

// Where not all ranks begin at a time, or a pipeline fills and empties, the formula is what it takes at most.
const std::map<std::string, double> kLeastShare = {
    {"double-binary-tree all-reduce", 0.6}, {"scatter-allgather broadcast", 0.7}, {"scatter-allgather reduce", 0.7}};

// Two ranks may be neighbours in both of the two trees. Their messages follow each other, so a piece of one tree waits
// behind a piece of the other, which the formula leaves out: 17 % of the time at 4 ranks, 4 % at 16.
double most_share(const Measured& call) {
  const bool is_tree =
      &call.algorithm == &collective_named("double-binary-tree") ||
      (call.algorithm.pick != nullptr && &call.algorithm.pick(call.shape) == &collective_named("double-binary-tree"));
  return is_tree ? 1.17 : 1;
}

TEST_P(CostFormulas, AreTheSimulatedTimes) {
  const int n = GetParam();
  std::vector<Measured> calls;
  for (const OperationKind& kind : operation_kinds()) {
    for (const Collective* algorithm : algorithms_of(kind)) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{1} << 10, std::size_t{1} << 20}) {
        if (kind.has_values || count == 0) calls.push_back({kind, *algorithm, {.size = n, .count = count}});
      }
    }
  }
  simulate(cluster_of(n), calls);
  for (const Measured& call : calls) {
    const std::string name = std::string(call.algorithm.name) + " " + std::string(call.kind.name);
    const double wanted_s = call.kind.cost_s(call.algorithm, call.shape, kLinks);
    // Chunks and pieces are not quite equal.
    const double slack_s = 1e-3 * wanted_s + 1e-9;
    EXPECT_LE(call.time_s, most_share(call) * wanted_s + slack_s) << name << ", " << call.shape.count << " values";
    const auto least = kLeastShare.find(name);
    const double share = least == kLeastShare.end() || call.algorithm.pick != nullptr ? 1 : least->second;
    if (call.algorithm.pick == nullptr) {
      EXPECT_GE(call.time_s, share * wanted_s - slack_s) << name << ", " << call.shape.count << " values";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, CostFormulas, testing::Values(1, 2, 4, 16));

TEST(DoubleBinaryTree, StepsGrowWithTheLogarithm) {
  const Collective& tree = collective_named("double-binary-tree");
  const Collective& ring = collective_named("ring");
  for (const auto& [n, tree_steps, ring_steps] :
       {std::tuple{8, 6, 14}, {64, 12, 126}, {256, 16, 510}, {1024, 20, 2046}}) {
    const CallShape shape{.size = n, .count = 0};
    EXPECT_EQ(tree.all_reduce.cost_s(shape, kLinks), tree_steps * kLatency_s) << n;
    EXPECT_DOUBLE_EQ(ring.all_reduce.cost_s(shape, kLinks), ring_steps * kLatency_s) << n;
  }
}

class DoubleBinaryTreeSteps : public testing::TestWithParam<int> {};

TEST_P(DoubleBinaryTreeSteps, AreThoseOfTheSimulation) {
  std::vector<Measured> calls = {
      {operation_kind("all-reduce"), collective_named("double-binary-tree"), {.size = GetParam(), .count = 0}}};
  simulate(cluster_of(GetParam()), calls);
  EXPECT_NEAR(calls[0].time_s, 2 * tree_height(GetParam()) * kLatency_s, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Ranks, DoubleBinaryTreeSteps, testing::Values(8, 64, 256, 1024));

TEST(DoubleBinaryTree, NoRankSendsMoreThanTwiceTheVector) {
  constexpr std::size_t kCount = 1'000'000;
  for (int n = 2; n <= 130; ++n) {
    for (int rank = 0; rank < n; ++rank) {
      const Traffic traffic =
          collective_named("double-binary-tree").all_reduce.traffic({.size = n, .count = kCount}, rank);
      EXPECT_LE(std::max(traffic.bytes_sent, traffic.bytes_received), 2 * value_bytes(kCount)) << rank << " of " << n;
    }
  }
}

// With an odd number of ranks rank 0 is the exception.
TEST(DoubleBinaryTree, ARankIsInnerInOneTreeAlone) {
  const auto has_children = [](const Tree& tree) { return tree.children != std::array{Tree::kNobody, Tree::kNobody}; };
  for (int n = 2; n <= 130; ++n) {
    for (int rank = 0; rank < n; ++rank) {
      const Tree one(rank, n, 0), other(rank, n, 1);
      const bool is_exception = n % 2 == 1 && rank == 0;
      EXPECT_EQ(has_children(one) && has_children(other), is_exception) << rank << " of " << n;
      EXPECT_LE(std::max(one.depth, other.depth), tree_height(n)) << rank << " of " << n;
    }
  }
}

TEST(Torus, HasTheRingsBytesInFewerMessages) {
  for (const auto& [x, y] : {std::pair{2, 2}, {2, 4}, {3, 4}, {4, 4}, {5, 7}, {16, 16}}) {
    const CallShape shape{.size = x * y, .count = static_cast<std::size_t>(x * y) * 10};
    for (int rank = 0; rank < shape.size; ++rank) {
      const Traffic torus = collective_named("torus").all_reduce.traffic(shape, rank);
      const Traffic ring = collective_named("ring").all_reduce.traffic(shape, rank);
      EXPECT_EQ(torus.bytes_sent, ring.bytes_sent) << x << " x " << y;
      EXPECT_EQ(torus.messages_sent, static_cast<std::uint64_t>(2 * (x - 1) + 2 * (y - 1))) << x << " x " << y;
    }
  }
}

// A node's link carries 2 (L-1)/L N each way, a flat ring over it 2 (n-1)/n N; the rest is what the first piece waits
// for inside the node, and latencies.
class HierarchicalTime : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(HierarchicalTime, IsThatOfTheNodesLink) {
  const auto& [nodes, ranks_per_node] = GetParam();
  const int n = nodes * ranks_per_node;
  const CallShape shape{.size = n, .count = std::size_t{1} << 26, .ranks_per_node = ranks_per_node};
  const Cluster cluster = cluster_of(n, ranks_per_node);
  std::vector<Measured> calls = {{operation_kind("all-reduce"), collective_named("hierarchical"), shape},
                                 {operation_kind("all-reduce"), collective_named("ring"), shape}};
  simulate(cluster, calls);
  const double vector_s = bytes_of_call(shape) / kBandwidth;
  const double least_s = 2 * (nodes - 1.0) / nodes * vector_s;
  EXPECT_GT(calls[0].time_s, least_s);
  EXPECT_LT(calls[0].time_s, 1.06 * least_s) << nodes << " nodes of " << ranks_per_node;
  EXPECT_NEAR(calls[1].time_s, 2 * (n - 1.0) / n * vector_s, 0.02 * vector_s);
}

INSTANTIATE_TEST_SUITE_P(Nodes, HierarchicalTime,
                         testing::Values(std::pair{2, 4}, std::pair{2, 8}, std::pair{4, 4}, std::pair{8, 8}));

// `auto` on a cluster of nodes, where their links are as it assumes.
class AutoOnNodes : public testing::TestWithParam<int> {};

TEST_P(AutoOnNodes, IsTheFastest) {
  const int n = 4 * GetParam();
  Cluster cluster = cluster_of(n, GetParam());
  cluster.network.bandwidth_bytes_per_s = kBytesPerLatency / kLatency_s;
  cluster.network.intra_node.bandwidth_bytes_per_s = kNodeSpeed * cluster.network.bandwidth_bytes_per_s;
  std::vector<Measured> calls;
  for (const std::size_t count : {1UL, 8'191UL, 65'537UL, 1'048'576UL, 16'777'216UL}) {
    for (const char* name : {"auto", "ring", "halving-doubling", "recursive-doubling", "hierarchical"}) {
      calls.push_back({operation_kind("all-reduce"),
                       collective_named(name),
                       {.size = n, .count = count, .ranks_per_node = GetParam()}});
    }
  }
  simulate(cluster, calls);
  for (std::size_t i = 0; i < calls.size(); i += 5) {
    double best_s = calls[i].time_s;
    for (std::size_t other = 1; other < 5; ++other) best_s = std::min(best_s, calls[i + other].time_s);
    EXPECT_LE(calls[i].time_s, 1.01 * best_s) << calls[i].shape.count << " values";
  }
  EXPECT_EQ(pick_all_reduce({.size = 64, .count = 1 << 24, .ranks_per_node = 8}).name, "hierarchical");
  EXPECT_EQ(pick_all_reduce({.size = 64, .count = 1 << 28}).name, "ring");
}

INSTANTIATE_TEST_SUITE_P(Ranks, AutoOnNodes, testing::Values(2, 4, 8));

TEST(NcclModel, HasThePublishedNumbers) {
  const auto latency_us = [](NcclAlgorithm algorithm, NcclProtocol protocol, int n, int ranks_per_node) {
    const CallShape shape{.size = n, .count = 0, .ranks_per_node = ranks_per_node};
    return nccl_all_reduce_s(algorithm, protocol, shape, 25e9) * 1e6;
  };
  // base + (2 (n-1) - 2 (N-1)) l_intra + 2 (N-1) l_inter, and base + 2 ((n/N - 1) l_intra + log2(N) l_inter)
  EXPECT_NEAR(latency_us(NcclAlgorithm::ring, NcclProtocol::ll, 16, 8), 3.6 + 28 * 0.47 + 2 * 2.7, 1e-9);
  EXPECT_NEAR(latency_us(NcclAlgorithm::ring, NcclProtocol::ll128, 16, 8), 10.0 + 28 * 1.9 + 2 * 4.0, 1e-9);
  EXPECT_NEAR(latency_us(NcclAlgorithm::ring, NcclProtocol::simple, 16, 8), 8.4 + 28 * 3.4 + 2 * 9.6, 1e-9);
  EXPECT_NEAR(latency_us(NcclAlgorithm::tree, NcclProtocol::ll, 64, 8), 4.4 + 2 * (7 * 0.52 + 3 * 5.0), 1e-9);
  EXPECT_NEAR(latency_us(NcclAlgorithm::tree, NcclProtocol::ll128, 64, 8), 4.4 + 2 * (7 * 1.2 + 3 * 8.5), 1e-9);
  EXPECT_NEAR(latency_us(NcclAlgorithm::tree, NcclProtocol::simple, 64, 8), 2 * (7 * 28.0 + 3 * 50.0), 1e-9);
  // The rates: busbw n / (2 (n-1)) and 0.45 busbw.
  const CallShape large{.size = 16, .count = 1'000'000'000, .ranks_per_node = 8};
  EXPECT_NEAR(nccl_all_reduce_s(NcclAlgorithm::ring, NcclProtocol::simple, large, 25e9), 4e9 / (25e9 * 16 / 30), 2e-4);
  EXPECT_NEAR(nccl_all_reduce_s(NcclAlgorithm::tree, NcclProtocol::simple, large, 25e9), 4e9 / (25e9 * 0.45), 6e-4);
}

TEST(NcclModel, PicksTreesForManyNodesAndRingsForLongVectors) {
  const auto pick = [](int nodes, std::size_t bytes) {
    const CallShape shape{.size = 8 * nodes, .count = bytes / kBytesPerValue, .ranks_per_node = 8};
    return collective_named("auto-nccl").pick(shape).name;
  };
  EXPECT_EQ(pick(64, 1 << 10), "double-binary-tree");
  EXPECT_EQ(pick(64, 1 << 20), "double-binary-tree");
  EXPECT_EQ(pick(2, std::size_t{4} << 30), "ring");
  EXPECT_EQ(pick(1, std::size_t{1} << 30), "ring");
}

}  // namespace
}  // namespace tandem::laws
