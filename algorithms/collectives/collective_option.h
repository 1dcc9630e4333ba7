// The option `collective` of every exchange that sums over workers.
#pragma once

#include "algorithms/collectives/collective.h"
#include "algorithms/job.h"
#include "core/config/choice.h"

namespace tandem {

struct CollectiveOption {
  std::string name = "ring";
};

OptionTable collective_option();

/// Why this choice's collective has no meaning for these workers, for people; absent: it has, or there is none.
std::optional<std::string> refusal_of_collective(const Choice& choice, int workers, int ranks_per_node);

/// The collective of the job's strategy, which has the option.
const Collective& collective_of(const Job& job);

/// A call of all workers with `count` values.
CallShape shape_of(const Job& job, std::size_t count);

/// Where the workers are cut into groups of `size` that follow each other: a call of those who have the same place in
/// their groups.
CallShape shape_across(const Job& job, int size, std::size_t count);
/// Why the job's collective cannot run inside such groups and across them, for people; empty when it can. One that
/// knows nodes counts on as many of its ranks in each.
std::optional<std::string> refusal_of_groups(const Job& job, int size);

}  // namespace tandem
