// The cost of a step by formula: its traffic by the closed forms, and the least time that each resource needs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/scenario.h"

namespace tandem {

struct Bound {
  std::string resource;  ///< "computation", "links of rank 3", "border of rack-0"
  double least_s = 0;    ///< the least time that a step needs it
};

struct StepCost {
  int ranks = 0;
  double flops = 0;                   ///< all workers' together, per step
  bool has_closed_form = true;        ///< false: the strategy has none, and the next three are 0
  double messages = 0, bytes = 0;     ///< sent by all ranks together per step, on average
  double most_messages_of_rank = 0;   ///< sent and received
  bool network_never_blocks = false;  ///< only hosts' links limit, and the bounds contain those
  std::vector<Bound> bounds;          ///< the largest first; links only where the scenario's network is used
  /// What must follow each other in a step of a synchronous strategy: the least computation of a worker (unless it
  /// overlaps), latencies, and the least time of a worker's links. 0: nothing is certain to.
  double in_turn_s = 0;

  /// The largest bound of this resource; 0 if there is none.
  double computation_s() const;
  double communication_s() const;
  /// No schedule of these messages and flops is faster.
  double least_s() const { return std::max(in_turn_s, bounds.empty() ? 0 : bounds.front().least_s); }
};

StepCost step_cost(const Scenario& scenario, const Strategy& strategy, const Job& job);

}  // namespace tandem
