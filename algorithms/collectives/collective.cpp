#include "algorithms/collectives/collective.h"

#include <string>

#include "core/errors.h"

namespace tandem {

const Collective& collective_named(std::string_view name) {
  if (const Collective* found = all_collectives().find(name)) return *found;
  broken_invariant("no collective is called " + std::string(name));
}

void barrier(Comm& comm) { collective_named("dissemination").barrier.run(comm); }

void accumulate(Comm& comm, Slice into, Slice from) {
  comm.compute(work_of_sum(into.bytes()), [&] { add(into, from); });
}

}  // namespace tandem
