// How experts are dealt out to workers (mixture of experts): the options, who stands where, and what is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/job.h"
#include "core/config/choice.h"

namespace tandem {

struct ExpertOptions {
  int degree = 0;  ///< ranks that share the experts; 0: as many as divide the workers and the experts of every layer
  double capacity_factor = 1;
  std::string all_to_all = "direct";
};
OptionTable expert_options();
/// Why experts cannot be dealt out so, for people; empty when they can.
std::optional<std::string> refusal_of_experts(const Job& job);

/// Where a worker stands. Ranks of a group follow each other, so that they share nodes, and have different experts;
/// those at the same place in all groups have the same.
struct ExpertPlace {
  int degree = 1, groups = 1;  ///< ranks of a group; how many groups
  int group = 0, place = 0;
};
ExpertPlace expert_place(const Job& job, int worker);
/// The ranks of its group, and those with its experts.
std::vector<int> group_of(const ExpertPlace& place);
std::vector<int> peers_of(const ExpertPlace& place);

const Collective& all_to_all_of(const Job& job);

}  // namespace tandem
