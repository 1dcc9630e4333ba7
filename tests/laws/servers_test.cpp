// What parameter servers hold, where they are, and what passes a node's card when its workers push as one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

// small_mlp's tensors in their order: each layer's weights, then its biases.
const std::vector<std::size_t> kTensors{7 * 13, 13,     13 * 11, 11,     11 * 9, 9,      9 * 7, 7,     7 * 13,
                                        13,     13 * 5, 5,       5 * 11, 11,     11 * 9, 9,     9 * 1, 1};

/// Values that each of so many servers holds.
std::vector<std::size_t> held(std::size_t servers, bool in_turns) {
  std::vector<std::size_t> values(servers, 0);
  for (std::size_t i = 0; i < kTensors.size(); ++i) {
    const auto emptiest = std::min_element(values.begin(), values.end());
    (in_turns ? values[i % servers] : *emptiest) += kTensors[i];
  }
  return values;
}

TEST(Shards, OfWholeTensorsShowTheHotServer) {
  constexpr int kWorkers = 3;
  for (const std::size_t servers : {1U, 2U, 3U, 5U, 20U}) {
    for (const char* shards : {"round-robin", "emptiest"}) {
      const RunResult result =
          run(small_mlp(fmt::format("{{name: ps-sync, servers: {}, shards: {}}}", servers, shards), kWorkers, "sim"));
      const std::vector<std::size_t> expected = held(servers, shards == std::string("round-robin"));
      ASSERT_EQ(result.rank_rows.size(), kWorkers + servers);
      for (std::size_t server = 0; server < servers; ++server) {
        EXPECT_EQ(result.rank_rows[kWorkers + server].traffic.bytes_received,
                  result.steps * kWorkers * 4 * expected[server])
            << shards << ", server " << server << " of " << servers;
      }
    }
  }
  // In turns on two servers, one has all weights and the other all biases.
  EXPECT_EQ(held(2, true), (std::vector<std::size_t>{715, 79}));
  const std::vector<std::size_t> fair = held(2, false);
  EXPECT_EQ(fair[0] + fair[1], 794U);
  EXPECT_LT(std::max(fair[0], fair[1]), 420U);
}

TEST(Shards, ChangeNoBits) {
  const std::string even = run(small_mlp("{name: ps-sync, servers: 3}", 4, "threads")).parameters_sha256;
  for (const char* options : {"shards: round-robin", "shards: emptiest", "shards: emptiest, placement: colocated",
                              "shards: round-robin, bucket: 512B, overlap: true"}) {
    for (const char* name : {"ps-sync", "ps-async, staleness: 0"}) {
      for (const std::string& world : worlds_for(4)) {
        const std::string strategy = fmt::format("{{name: {}, servers: 3, {}}}", name, options);
        EXPECT_EQ(run(small_mlp(strategy, 4, world)).parameters_sha256, even) << strategy << ", " << world;
      }
    }
  }
}

// With n workers and k servers beside them, every host sends n d N bytes of a step, d = 2 (n-1)/(n n + k n - 2 k).
TEST(MixedPlacement, KeepsAllLinksAsBusy) {
  constexpr std::size_t kValues = 1'000'000;
  for (const auto& [workers, servers] : {std::pair{2, 1}, {3, 1}, {3, 2}, {8, 4}, {13, 5}}) {
    const RunResult result =
        run(phantom(fmt::format("{{name: ps-sync, servers: {}, placement: mixed}}", servers), workers, kValues, 1, 1));
    ASSERT_EQ(result.rank_rows.size(), static_cast<std::size_t>(workers + servers));
    const double n = workers, k = servers, d = 2 * (n - 1) / (n * n + k * n - 2 * k);
    const double beside_worker = (n - k) / (n * n + k * n - 2 * k);
    for (const RankResult& row : result.rank_rows) {
      // What a worker sends to the server on its own host and that one back to it passes no link.
      const double inside = row.rank < workers ? 2 * beside_worker : 0;
      EXPECT_NEAR(static_cast<double>(row.traffic.bytes_sent) / static_cast<double>(result.steps),
                  (n * d + inside) * 4 * kValues, 4 * (n + 1))
          << "rank " << row.rank << " of " << workers << " workers and " << servers << " servers";
    }
  }
}

TEST(MixedPlacement, ChangesNoBits) {
  const std::string digest = run(small_mlp("{name: ps-sync, servers: 3}", 3, "threads")).parameters_sha256;
  for (const char* options : {"ps-sync, servers: 1", "ps-sync, servers: 2, bucket: 512B, overlap: true",
                              "ps-async, staleness: 0, servers: 2"}) {
    for (const std::string& world : worlds_for(5)) {
      const std::string strategy = fmt::format("{{name: {}, placement: mixed}}", options);
      EXPECT_EQ(run(small_mlp(strategy, 3, world)).parameters_sha256, digest) << strategy << ", " << world;
    }
  }
}

Scenario on_nodes(const std::string& strategy, int workers, int ranks_per_node, const std::string& world) {
  Scenario scenario = small_mlp(strategy, workers, world);
  scenario.cluster.ranks_per_node = ranks_per_node;
  return scenario;
}

TEST(Aggregation, TakesTheSameStep) {
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  for (const auto& [workers, each] : {std::pair{4, 2}, {3, 2}, {8, 3}, {5, 8}, {1, 2}}) {
    for (const char* options : {"", ", servers: 3", ", servers: 2, bucket: 512B, overlap: true"}) {
      std::string digest;
      for (const std::string& world : worlds_for(workers)) {
        const std::string strategy = fmt::format("{{name: ps-sync, aggregate: true{}}}", options);
        const RunResult result = run(on_nodes(strategy, workers, each, world));
        if (digest.empty()) digest = result.parameters_sha256;
        EXPECT_EQ(result.parameters_sha256, digest) << strategy << " x" << workers << ", " << world;
        EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5)
            << strategy << " x" << workers << ", " << world;
      }
    }
  }
}

TEST(Aggregation, GoesWithACodec) {
  const Scenario scenario = on_nodes("{name: ps-sync, aggregate: true, codec: fp16}", 4, 2, "sim");
  EXPECT_TRUE(std::isfinite(run(scenario).train_loss));
}

TEST(Aggregation, BringsTheGradientOnceOverANodesCard) {
  // Two nodes of four workers, as many servers: 4 MB pass a card each way instead of 16.
  constexpr double kBytes = 4e6, kBandwidth = 1e9;
  const auto step_s = [&](const char* strategy) {
    Scenario scenario = phantom(strategy, 8, 1'000'000, 1, 1);
    scenario.workload.stop.steps = 4;
    scenario.cluster.ranks_per_node = 4;
    scenario.cluster.network.latency_s = 0;
    scenario.cluster.network.bandwidth_bytes_per_s = kBandwidth;
    scenario.cluster.network.intra_node.bandwidth_bytes_per_s = 1e15;
    scenario.cluster.network.intra_node.latency_s = 0;
    return run(scenario).time_s / 4;
  };
  EXPECT_NEAR(step_s("{name: ps-sync, servers: 2, aggregate: true}"), 2 * kBytes / kBandwidth, 1e-5);
  EXPECT_NEAR(step_s("{name: ps-sync, servers: 2}"), 4 * 2 * kBytes / kBandwidth, 1e-5);
}

}  // namespace
}  // namespace tandem::laws
