// Asynchronous decentralised parallel SGD, AD-PSGD (Lian, Zhang, Zhang and Liu, ICML 2018): neighbours in a ring
// average in pairs, and nobody waits. Workers of even rank are active: they send their parameters to a neighbour drawn
// at random and go on. Those of odd rank are passive: after each step they answer what has come with their own, and
// move to the mean. An active worker moves by half of the difference between what it sent and the answer, when that is
// there: so the sum over workers stays. The run's model is worker 0's; traffic and bits depend on the world's clock.
//
//   cost: a worker's step takes its own compute, whatever the others do; a pair moves 2 N bytes
#include <algorithm>
#include <deque>

#include "algorithms/exchanges/gossip_graph.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/pair_end.h"
#include "core/rng.h"

namespace tandem::strategies {
namespace {

constexpr int kRequestTag = 1, kAnswerTag = 2, kEndTag = 3, kNowTag = 4;

/// What both kinds do: after the backward pass they handle what has come by now, then take their step.
class Paired : public LocalStep {
 public:
  Paired(const Worker& worker, std::size_t operations)
      : LocalStep(worker),
        comm_(worker.comm),
        others_(ring_neighbours(job_, comm_.rank())),
        ops_(operations + 1),
        guard_(comm_, ops_) {
    for (std::size_t i = 0; i < others_.size(); ++i) ends_.emplace_back(comm_, job_);
  }

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    // A message to itself comes after all that is there already.
    ops_.back() = comm.irecv(comm.rank(), kNowTag, {});
    Op now = comm.isend(comm.rank(), kNowTag, {});
    for (std::size_t done = comm.wait_any(ops_); done + 1 < ops_.size(); done = comm.wait_any(ops_)) handle(done);
    comm.wait(now);
    begin_pair(step.number);
    return LocalStep::end_step(comm, step);
  }

  void describe(State& state) override {
    LocalStep::describe(state);
    for (PairEnd& end : ends_) end.describe(state);
  }

 protected:
  virtual void handle(std::size_t done) = 0;
  virtual void begin_pair(std::size_t) {}
  virtual void end() = 0;
  void agree(Comm&, std::size_t step) override {
    if (step + 1 == job_.steps) end();
  }

  Comm& comm_;
  std::vector<int> others_;
  std::deque<PairEnd> ends_;  // with each of the others
  std::vector<Op> ops_;
  CancelGuard guard_;  // after the buffers that it keeps from being written to
};

class Active : public Paired {
 public:
  explicit Active(const Worker& worker) : Paired(worker, 2) {}

 private:
  enum { kSent, kAnswer };
  void begin_pair(std::size_t step) override {
    if (others_.empty() || ops_[kSent] || ops_[kAnswer]) return;
    const auto rank = static_cast<std::uint64_t>(comm_.rank());
    other_ = keyed_stream(job_.seed, Purpose::neighbours, rank, step)() % others_.size();
    const Slice message = ends_[other_].say(comm_, replica_.parameters());
    ops_[kAnswer] = comm_.irecv(others_[other_], kAnswerTag, ends_[other_].room());
    ops_[kSent] = comm_.isend(others_[other_], kRequestTag, message);
  }
  void handle(std::size_t done) override {
    if (done != kAnswer) return;
    ends_[other_].hear(comm_);
    ends_[other_].move(comm_, replica_.parameters());
  }
  void end() override {
    while (ops_[kSent] || ops_[kAnswer]) handle(comm_.wait_any(ops_));
    for (const int other : others_) comm_.send(other, kEndTag, {});
  }

  std::size_t other_ = 0;  // who was asked last
};

class Passive : public Paired {
 public:
  explicit Passive(const Worker& worker) : Paired(worker, 6) {
    for (std::size_t i = 0; i < others_.size(); ++i) {
      ops_[3 * i] = request_from(i);
      ops_[3 * i + 2] = comm_.irecv(others_[i], kEndTag, {});
    }
  }

 private:
  // For each neighbour: the request, the answer, the end. A request comes when the answer before it has arrived.
  Op request_from(std::size_t i) { return comm_.irecv(others_[i], kRequestTag, ends_[i].room()); }
  void handle(std::size_t done) override {
    const std::size_t i = done / 3;
    if (done % 3 == 2) comm_.cancel(ops_[3 * i]);
    if (done % 3 != 0) return;
    if (ops_[done + 1]) comm_.wait(ops_[done + 1]);
    ends_[i].hear(comm_);
    ops_[done + 1] = comm_.isend(others_[i], kAnswerTag, ends_[i].say(comm_, replica_.parameters()));
    ends_[i].move(comm_, replica_.parameters());
    ops_[done] = request_from(i);
  }
  void end() override {
    while (std::ranges::any_of(ops_, [](const Op& op) { return op.id != 0; })) handle(comm_.wait_any(ops_));
  }
};

std::optional<std::string> refusal(const Job& job) {
  if (job.workload.stop.loss) return "ad-psgd: stop.loss would have every worker wait for all";
  if (job.workers == 1 || job.workers % 2 == 0) return vote_refusal(job);
  return "ad-psgd pairs even with odd ranks around a ring: it takes an even number of workers";
}

std::unique_ptr<Exchange> make(const Worker& worker) {
  if (worker.comm.rank() % 2 == 0) return std::make_unique<Active>(worker);
  return std::make_unique<Passive>(worker);
}

}  // namespace

Strategy ad_psgd() {
  return data_parallel({.name = "ad-psgd",
                        .doc = "neighbours in a ring average in pairs, and nobody waits for anybody",
                        .paper = "Lian et al. 2018",
                        .options = {codec_option(), consensus_option()},
                        .scale = GradientScale::own,
                        .worker_copies = Copy::version,
                        .facts =
                            [](const Choice&) {
                              return Facts{false, false, false};
                            },
                        .make = make,
                        .refusal = refusal,
                        .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(); },
                        .memory = pair_memory,
                        .coding_memory = pair_coding_memory});
}

}  // namespace tandem::strategies
