#include "algorithms/exchanges/node_client.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"
#include "algorithms/exchanges/buckets.h"

namespace tandem::parameter_server {
namespace {

// Inside a node links are fast and vectors long: pieces go down a chain, each link of which carries every value once.
const Collective& inside() { return collective_named("chain"); }

std::vector<int> node_of(const Job& job, int rank) {
  const int first = rank - rank % job.ranks_per_node;
  std::vector<int> node;
  for (int worker = first; worker < std::min(first + job.ranks_per_node, job.workers); ++worker) node.push_back(worker);
  return node;
}

Comm group_of(const Comm& stack, const std::vector<int>& node) { return stack.group(node, 1); }

}  // namespace

NodeClient::NodeClient(const Worker& worker)
    : Client(worker), replica_(worker.replica), rank_(worker.comm.rank()), node_(node_of(job_, rank_)) {}

void NodeClient::gradients_ready(Comm& stack, const Step& step, Range layers) {
  Comm node = group_of(stack, node_);
  inside().reduce.run(node, replica_.gradients_of(layers), 0);
  if (is_first()) Client::gradients_ready(stack, step, layers);
}

void NodeClient::gradients_done(Comm& stack) {
  if (is_first()) Client::gradients_done(stack);
  Comm node = group_of(stack, node_);
  inside().broadcast.run(node, replica_.parameters(), 0);
}

std::optional<std::string> node_refusal(const Job& job) {
  if (!aggregates(job)) return std::nullopt;
  if (job.workload.stop.loss) return "ps-sync: whoever pushes for a node does not know its losses, so no stop.loss";
  if (job.ranks_per_node > 1) return std::nullopt;
  return "ps-sync: every worker has a node of its own, so there is nothing to aggregate: see cluster.ranks_per_node";
}

Traffic node_traffic(const Job& job, int rank) {
  if (!aggregates(job) || rank >= job.workers) return {};
  const std::vector<int> node = node_of(job, rank);
  const int size = static_cast<int>(node.size()), place = rank - node.front();
  Traffic traffic = inside().broadcast.traffic({.size = size, .count = job.model.parameters}, place);
  for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>())) {
    traffic += inside().reduce.traffic({.size = size, .count = job.model.parameter_range(bucket).size()}, place);
  }
  return traffic;
}

}  // namespace tandem::parameter_server
