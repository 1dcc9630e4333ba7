// The workers of a node who push as one: they sum their gradients inside the node, the first of them pushes the sum,
// and hands on what it pulls. So N bytes pass the node's network card each way, not N for each worker.
#pragma once

#include "algorithms/exchanges/parameter_server.h"

namespace tandem::parameter_server {

class NodeClient : public Client {
 public:
  explicit NodeClient(const Worker& worker);

  void gradients_ready(Comm& stack, const Step& step, Range layers) override;
  void gradients_done(Comm& stack) override;

 private:
  bool is_first() const { return node_.front() == rank_; }

  Replica& replica_;
  int rank_;
  std::vector<int> node_;  // its workers
};

/// Why a job cannot aggregate inside nodes, for people; empty when it can, or need not.
std::optional<std::string> node_refusal(const Job& job);
/// What `rank` sends and receives inside its node in a step.
Traffic node_traffic(const Job& job, int rank);

}  // namespace tandem::parameter_server
