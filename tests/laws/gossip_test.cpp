// Who averages with whom: graphs whose weights keep the mean and bring workers together as their eigenvalues say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "algorithms/exchanges/gossip_graph.h"

namespace tandem::laws {
namespace {

// Squared distance of all workers' values to their mean, after one more round of averaging with neighbours.
double mix(std::vector<double>& values, GossipGraph graph, std::size_t step) {
  const int n = static_cast<int>(values.size());
  std::vector<double> mixed;
  for (int worker = 0; worker < n; ++worker) {
    double sum = values[static_cast<std::size_t>(worker)];
    const std::vector<int> others = neighbours(graph, n, worker, 1, step);
    for (const int other : others) sum += values[static_cast<std::size_t>(other)];
    mixed.push_back(sum / static_cast<double>(others.size() + 1));
  }
  values = mixed;
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares;
}

struct Contraction {
  GossipGraph graph;
  int workers;
  double second_eigenvalue;
};

TEST(Gossip, ContractsByTheSecondEigenvalueAndKeepsTheMean) {
  constexpr double kPi = std::numbers::pi;
  for (const Contraction& c :
       {Contraction{GossipGraph::ring, 8, (1 + 2 * std::cos(kPi / 4)) / 3}, Contraction{GossipGraph::ring, 3, 0},
        Contraction{GossipGraph::ring, 2, 0}, Contraction{GossipGraph::torus, 16, (3 + 2 * std::cos(kPi / 2)) / 5},
        Contraction{GossipGraph::torus, 7, (1 + 2 * std::cos(2 * kPi / 7)) / 3},
        Contraction{GossipGraph::complete, 9, 0}}) {
    std::mt19937_64 stream(3);
    std::normal_distribution<double> normal;
    std::vector<double> values(static_cast<std::size_t>(c.workers));
    for (double& value : values) value = normal(stream);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / c.workers;
    double before = mix(values, c.graph, 0), last = 0;
    for (std::size_t step = 1; step < 30; ++step) {
      const double after = mix(values, c.graph, step);
      EXPECT_LE(after, c.second_eigenvalue * c.second_eigenvalue * before * (1 + 1e-6) + 1e-25) << c.workers;
      last = before > 0 ? after / before : 0;
      before = after;
    }
    if (c.second_eigenvalue > 0) {
      EXPECT_NEAR(last, std::pow(c.second_eigenvalue, 2), 0.01) << c.workers;
    }
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / c.workers, mean, 1e-12);
  }
}

TEST(Gossip, NeighboursAreMutualAndEquallyMany) {
  for (const GossipGraph graph : {GossipGraph::ring, GossipGraph::torus, GossipGraph::complete, GossipGraph::random}) {
    for (const int workers : {1, 2, 3, 4, 6, 7, 12, 16}) {
      for (const std::size_t step : {0U, 1U, 17U}) {
        const std::size_t degree = neighbours(graph, workers, 0, 5, 0).size();
        for (int worker = 0; worker < workers; ++worker) {
          const std::vector<int> others = neighbours(graph, workers, worker, 5, step);
          EXPECT_EQ(others.size(), degree) << workers;
          for (const int other : others) {
            const std::vector<int> back = neighbours(graph, workers, other, 5, step);
            EXPECT_NE(other, worker);
            EXPECT_TRUE(std::find(back.begin(), back.end(), worker) != back.end()) << worker << ", " << other;
          }
        }
      }
    }
  }
}

TEST(Gossip, RandomNeighboursMixFasterThanFixedOnes) {
  std::vector<double> fixed(64, 0), drawn(64, 0);
  fixed[0] = drawn[0] = 1;
  double squares_fixed = 0, squares_drawn = 0;
  for (std::size_t step = 0; step < 20; ++step) {
    squares_fixed = mix(fixed, GossipGraph::ring, step);
    squares_drawn = mix(drawn, GossipGraph::random, step);
  }
  EXPECT_LT(squares_drawn, 1e-3 * squares_fixed);
}

}  // namespace
}  // namespace tandem::laws
