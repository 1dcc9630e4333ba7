// Our sharing of links against SimGrid's own flows, on random traffic over every topology: one message under way per
// pair of ranks, because SimGrid lets those of one pair share the link.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <set>

#include "tests/sim/exact.h"
#include "tests/sim/flows.h"
#include "tests/sim/set_topology.h"

namespace tandem {
namespace {

struct Shape {
  std::string topology, options;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.topology << ' ' << shape.options; }

// All pairs differ; some start together, others while these move. Sizes are 1 byte to 400 MB.
std::vector<Flow> random_traffic(int ranks, int count, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  std::set<std::pair<int, int>> pairs;
  std::vector<Flow> flows;
  while (static_cast<int>(flows.size()) < count) {
    const int from = below(ranks), to = (from + 1 + below(ranks - 1)) % ranks;
    if (!pairs.emplace(from, to).second) continue;
    const std::size_t values = below(4) == 0 ? 1 + static_cast<std::size_t>(below(1000))
                                             : 1'000'000 + static_cast<std::size_t>(below(99'000'000));
    flows.push_back({from, to, values, 0.25 * below(4)});
  }
  return flows;
}

void expect_equal(const WorldOptions& options, const std::vector<Flow>& flows) {
  WorldOptions with_simgrid = options;
  with_simgrid.flows = FlowModel::simgrid;
  const std::vector<double> ours = play(options, flows), theirs = play(with_simgrid, flows);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    ASSERT_NEAR(ours[2 * i], theirs[2 * i], theirs[2 * i] * kRelative)
        << "flow " << i << " from " << flows[i].from << " to " << flows[i].to;
  }
}

class Oracle : public ::testing::TestWithParam<std::tuple<Shape, unsigned>> {};

WorldOptions cluster_of(const Shape& shape) {
  WorldOptions options = small_cluster(18);
  set_topology(options.cluster.network, shape.topology, shape.options);
  return options;
}

// Where all latencies are alike, SimGrid shares fairly, too.
TEST_P(Oracle, NeutralIsSimGridsSharingAtOneLatency) {
  const auto& [shape, seed] = GetParam();
  expect_equal(cluster_of(shape), random_traffic(18, 60, seed));
}

TEST_P(Oracle, Lv08IsSimGridsSharing) {
  const auto& [shape, seed] = GetParam();
  WorldOptions options = cluster_of(shape);
  options.cluster.network.model = {"lv08", 13.01, 0.97, true};
  options.cluster.network.hop_latency_s = 70e-6;
  if (shape.topology == "star") {
    options.cluster.hosts.push_back(
        HostGroup{.workers = {3, 7, 2}, .bandwidth_bytes_per_s = kBandwidth_bytes_per_s / 10});
  }
  expect_equal(options, random_traffic(18, 60, seed));
}

// Long ways: windows bind.
TEST_P(Oracle, Lv08sWindowsAreSimGrids) {
  const auto& [shape, seed] = GetParam();
  WorldOptions options = cluster_of(shape);
  options.cluster.network.model = {"lv08", 13.01, 0.97, true};
  options.cluster.network.latency_s = 8e-3;
  options.cluster.network.hop_latency_s = 1e-3;
  expect_equal(options, random_traffic(18, 60, seed));
}

INSTANTIATE_TEST_SUITE_P(
    Topologies, Oracle,
    ::testing::Combine(
        ::testing::Values(Shape{"star", "{}"}, Shape{"two-tier", "{hosts_per_rack: 4, oversubscription: 2}"},
                          Shape{"fat-tree", "{switch_ports: 6}"}, Shape{"torus", "{dimensions: [3, 2, 3]}"},
                          Shape{"dragonfly", "{hosts_per_router: 2, routers_per_group: 3, global_links: 1}"},
                          Shape{"sites", "{sites: 3, wan: {bandwidth: 2Gbit/s, latency: 0s}}"}),
        ::testing::Values(1U, 2U)));

// Eight workers push to one server, one of them over a slow link: what SimGrid itself was measured to say.
TEST(Oracle, ASlowLinkWeighsInLv08) {
  WorldOptions options = small_cluster(9);
  Network& network = options.cluster.network;
  options.cluster.workers = 8;
  network.bandwidth_bytes_per_s = 1.25e9;
  network.latency_s = 20e-6;
  network.model = {"lv08", 13.01, 0.97, true};
  options.cluster.hosts.push_back(HostGroup{.workers = 0, .bandwidth_bytes_per_s = 125e6});
  std::vector<Flow> flows;
  for (int worker = 0; worker < 8; ++worker) flows.push_back({worker, 8, 1'000'003});
  expect_equal(options, flows);
  for (Flow& flow : flows) std::swap(flow.from, flow.to);
  expect_equal(options, flows);
}

}  // namespace
}  // namespace tandem
