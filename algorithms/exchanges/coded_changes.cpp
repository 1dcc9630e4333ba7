#include "algorithms/exchanges/coded_changes.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"

namespace tandem {

CodedChanges::CodedChanges(const Comm& comm, const Job& job, Range parameters, std::uint64_t sender)
    : job_(job),
      coding_(comm, job, parameters, sender, Feedback::none),
      known_(initial_buffer(comm, job, parameters)) {}

void CodedChanges::told(Comm& comm, Slice values) {
  const Slice known = known_;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes())},
               [&] { std::copy_n(values.f32(), values.count, known.f32()); });
}

void CodedChanges::write(Comm& comm, std::size_t step, Slice values, Slice message) {
  const Slice known = known_;
  if (!is_coded(job_, step)) {
    comm.compute({.memory_bytes = 3.0 * static_cast<double>(values.bytes())}, [&] {
      std::copy_n(values.f32(), values.count, message.f32());
      std::copy_n(values.f32(), values.count, known.f32());
    });
    return;
  }
  const Slice changed = comm.scratch(values.count);
  comm.compute(work_of_sum(values.bytes()), [&] {
    for (std::size_t i = 0; i < changed.count; ++i) changed.f32()[i] = values.f32()[i] - known.f32()[i];
  });
  coding_.encode(comm, step, changed, message);
  coding_.decode(comm, step, message, changed);
  accumulate(comm, known, changed);
}

void CodedChanges::describe(State& state) { coding_.describe(state); }

void take_changes(Comm& comm, const Job& job, std::optional<Coding>& coding, std::size_t step, Slice message,
                  Slice values, Slice room) {
  if (!is_coded(job, step)) return;
  coding->decode(comm, step, message, room);
  accumulate(comm, values, room);
}

}  // namespace tandem
