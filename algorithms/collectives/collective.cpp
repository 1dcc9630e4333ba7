#include "algorithms/collectives/collective.h"

#include <string>

#include "core/errors.h"

namespace tandem {

const Collective& collective_named(std::string_view name) {
  if (const Collective* found = all_collectives().find(name)) return *found;
  broken_invariant("no collective is called " + std::string(name));
}

CallShape shape_of(const Comm& comm, std::size_t count, int root) {
  int ranks_per_node = 1;
  while (ranks_per_node < comm.size() && comm.node_of(ranks_per_node) == comm.node_of(0)) ++ranks_per_node;
  return {.size = comm.size(), .count = count, .root = root, .ranks_per_node = ranks_per_node};
}

void barrier(Comm& comm) { collective_named("dissemination").barrier.run(comm); }

void accumulate(Comm& comm, Slice into, Slice from) {
  comm.compute(work_of_sum(into.bytes()), [&] { add(into, from); });
}

}  // namespace tandem
