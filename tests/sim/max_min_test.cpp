// The rates that flows get, against progressive filling, on links and paths of any kind: several hops, weights, fat
// pipes, bandwidths that change.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "sim/network/sharing.h"
#include "tests/sim/exact.h"

namespace tandem::sim {
namespace {

struct Cable {
  double bandwidth;
  bool is_fat_pipe;
};
struct Load {
  double left;
  std::vector<Sharing::Use> path;
  double rate = 0;
};

// All rates grow alike until a link is full, or as wide as the fat pipe: then those on it stay.
void fill(const std::vector<Cable>& cables, std::vector<std::optional<Load>>& loads) {
  std::vector<Load*> growing;
  for (auto& load : loads) {
    if (load) growing.push_back(&*load);
  }
  std::vector<double> left;
  for (const Cable& cable : cables) left.push_back(cable.bandwidth);
  while (!growing.empty()) {
    std::vector<double> weights(cables.size());
    for (const Load* load : growing) {
      for (const auto& [link, weight] : load->path) weights[link] += cables[link].is_fat_pipe ? 0 : weight;
    }
    std::size_t bottleneck = 0;
    double level = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < cables.size(); ++i) {
      const bool is_used = std::any_of(growing.begin(), growing.end(), [&](const Load* load) {
        return std::any_of(load->path.begin(), load->path.end(), [&](const auto& use) { return use.link == i; });
      });
      const double own = cables[i].is_fat_pipe ? cables[i].bandwidth : left[i] / weights[i];
      if (!is_used || own >= level) continue;
      level = own;
      bottleneck = i;
    }
    std::erase_if(growing, [&](Load* load) {
      const bool stays =
          std::any_of(load->path.begin(), load->path.end(), [&](const auto& use) { return use.link == bottleneck; });
      if (!stays) return false;
      load->rate = level;
      for (const auto& [link, weight] : load->path) left[link] -= weight * level;
      return true;
    });
  }
}

class RandomNetwork : public ::testing::TestWithParam<unsigned> {
 protected:
  double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::vector<Sharing::Use> random_path(std::size_t links) {
    std::vector<Sharing::Use> path;
    for (std::size_t hops = 1 + below(5); hops > 0; --hops) {
      const auto link = static_cast<Sharing::LinkId>(below(links));
      const bool is_new = std::none_of(path.begin(), path.end(), [&](const auto& use) { return use.link == link; });
      if (is_new) path.push_back({link, below(4) == 0 ? 0.05 : 1.0});
    }
    return path;
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(RandomNetwork, SharesAsProgressiveFillingDoes) {
  Sharing sharing;
  std::vector<Cable> cables(3 + below(20));
  for (Cable& cable : cables) {
    // Equal bandwidths tie, which is what real clusters do.
    cable = {below(2) == 0 ? 100.0 : between(1, 200), below(6) == 0};
    cable.is_fat_pipe ? sharing.add_fat_pipe(cable.bandwidth) : sharing.add_link(cable.bandwidth);
  }
  std::vector<std::optional<Load>> loads;
  double now = 0;
  for (int event = 0; event < 400; ++event) {
    for (std::size_t starts = below(3); starts > 0; --starts) {
      const Load load{between(1, 1000), random_path(cables.size())};
      // The transfer of flow i is the pointer with the value i + 1.
      sharing.start({reinterpret_cast<Message*>(loads.size() + 1), nullptr}, load.left, load.path);
      loads.emplace_back(load);
    }
    if (below(10) == 0) {
      const std::size_t link = below(cables.size());
      cables[link].bandwidth = between(1, 200);
      sharing.set_bandwidth(static_cast<Sharing::LinkId>(link), cables[link].bandwidth);
    }
    sharing.settle();
    fill(cables, loads);

    std::optional<std::size_t> first;
    const auto end_of = [&](std::size_t i) { return now + loads[i]->left / loads[i]->rate; };
    for (std::size_t i = 0; i < loads.size(); ++i) {
      if (loads[i] && (!first || end_of(i) < end_of(*first))) first = i;
    }
    if (!first) continue;
    const double end_s = end_of(*first);
    ASSERT_NEAR(sharing.next_end_s(), end_s, kRelative * end_s) << "event " << event;
    // Half of the time something changes before that.
    const double next = below(2) == 0 ? now + (end_s - now) * between(0, 0.99) : end_s;
    for (auto& load : loads) {
      if (load) load->left -= load->rate * (next - now);
    }
    now = next;
    sharing.advance(next == end_s ? sharing.next_end_s() : next);
    const std::vector<Transfer> ended = sharing.take_ended();
    if (next != end_s) {
      ASSERT_TRUE(ended.empty());
      continue;
    }
    ASSERT_EQ(ended.size(), 1u);
    ASSERT_EQ(reinterpret_cast<std::size_t>(ended[0].message), *first + 1);
    loads[*first].reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetwork, ::testing::Range(1u, 41u));

TEST(MaxMin, FlowsThatEndTogetherAreOneEventInTheOrderStarted) {
  Sharing sharing;
  const Sharing::LinkId link = sharing.add_link(7);
  const std::vector<Sharing::Use> path = {{link, 1}};
  for (std::size_t i = 1; i <= 5; ++i) sharing.start({reinterpret_cast<Message*>(i), nullptr}, 3, path);
  sharing.settle();
  EXPECT_DOUBLE_EQ(sharing.next_end_s(), 15.0 / 7);
  sharing.advance(sharing.next_end_s());
  const std::vector<Transfer> ended = sharing.take_ended();
  ASSERT_EQ(ended.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(reinterpret_cast<std::size_t>(ended[i].message), i + 1);
  sharing.settle();
  EXPECT_TRUE(std::isinf(sharing.next_end_s()));
}

}  // namespace
}  // namespace tandem::sim
