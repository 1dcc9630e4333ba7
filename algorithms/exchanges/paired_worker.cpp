#include "algorithms/exchanges/paired_worker.h"

#include "algorithms/exchanges/backup_option.h"

namespace tandem {

PairedWorker::PairedWorker(const Worker& worker, std::size_t operations)
    : LocalStep(worker),
      comm_(worker.comm),
      others_(ring_neighbours(job_, comm_.rank())),
      ops_(operations + 1),
      guard_(comm_, ops_),
      dead_(static_cast<std::size_t>(job_.workers), deaths_survived(job_.strategy)) {
  for (std::size_t i = 0; i < others_.size(); ++i) ends_.emplace_back(comm_, job_);
}

std::optional<bool> PairedWorker::end_step(Comm& comm, const Step& step) {
  constexpr int kNowTag = 4;
  // A message to itself comes after all that is there already.
  ops_.back() = comm.irecv(comm.rank(), kNowTag, {});
  Op now = comm.isend(comm.rank(), kNowTag, {});
  while (ops_.back()) handle_next();
  comm.wait(now);
  begin_pair(step.number);
  return LocalStep::end_step(comm, step);
}

void PairedWorker::handle_next() {
  try {
    const std::size_t done = comm_.wait_any(ops_);
    if (done + 1 < ops_.size()) handle(done);
  } catch (const PeerFailed& death) {
    dead_.add(death);
    for (Op& op : ops_) {
      if (op.peer == death.rank()) comm_.cancel(op);
    }
  }
}

void PairedWorker::agree(Comm&, std::size_t step) {
  if (step + 1 == job_.steps) end();
}

void PairedWorker::describe(State& state) {
  LocalStep::describe(state);
  for (PairEnd& end : ends_) end.describe(state);
}

}  // namespace tandem
