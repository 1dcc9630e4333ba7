#include "algorithms/exchanges/gossip_graph.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/config/options.h"
#include "core/rng.h"

namespace tandem {
namespace {

int modulo(int number, int size) { return (number % size + size) % size; }

/// The workers in an order drawn for the step.
std::vector<int> drawn_order(int workers, std::uint64_t seed, std::size_t step) {
  std::vector<int> order(static_cast<std::size_t>(workers));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 stream = keyed_stream(seed, Purpose::neighbours, 0, step);
  for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[stream() % left]);
  return order;
}

/// The largest divisor that is at most the square root: the shorter side of the grid.
int shorter_side(int workers) {
  int side = 1;
  for (int divisor = 2; divisor * divisor <= workers; ++divisor) {
    if (workers % divisor == 0) side = divisor;
  }
  return side;
}

Type<GossipGraph> graph_type() {
  return choice<GossipGraph>({{"ring", GossipGraph::ring},
                              {"torus", GossipGraph::torus},
                              {"complete", GossipGraph::complete},
                              {"random", GossipGraph::random}});
}

}  // namespace

OptionTable gossip_options() {
  return option_table<GossipOptions>(
      Mapping<GossipOptions>().key("graph", &GossipOptions::graph, graph_type(), "whose parameters a worker averages"),
      +[](const GossipOptions& options) { return graph_type().write(options.graph).get<std::string>(); });
}

std::vector<int> neighbours(GossipGraph graph, int workers, int worker, std::uint64_t seed, std::size_t step) {
  std::set<int> found;
  switch (graph) {
    case GossipGraph::ring:
      found = {modulo(worker - 1, workers), modulo(worker + 1, workers)};
      break;
    case GossipGraph::torus: {
      const int width = shorter_side(workers), height = workers / width;
      const int column = worker % width, row = worker / width;
      for (const int side : {-1, 1}) {
        found.insert(row * width + modulo(column + side, width));
        found.insert(modulo(row + side, height) * width + column);
      }
      break;
    }
    case GossipGraph::complete:
      for (int other = 0; other < workers; ++other) found.insert(other);
      break;
    case GossipGraph::random: {
      const std::vector<int> order = drawn_order(workers, seed, step);
      const int place = static_cast<int>(std::find(order.begin(), order.end(), worker) - order.begin());
      for (const int side : {-1, 1}) found.insert(order[static_cast<std::size_t>(modulo(place + side, workers))]);
      break;
    }
  }
  found.erase(worker);
  return {found.begin(), found.end()};
}

}  // namespace tandem
