// Asynchronous decentralised parallel SGD, AD-PSGD (Lian, Zhang, Zhang and Liu, ICML 2018): neighbours in a ring
// average in pairs, and nobody waits. Workers of even rank are active: they send their parameters to a neighbour drawn
// at random and go on. Those of odd rank are passive: after each step they answer what has come with their own, and
// move to the mean. An active worker moves by half of the difference between what it sent and the answer, when that is
// there: so the sum over workers stays. The run's model is worker 0's; traffic and bits depend on the world's clock.
// Up to `deaths` workers may die: nobody pairs with them any more. Who had asked one and has no answer stays where it
// was; what a dead worker had told before it died is kept.
//
//   cost: a worker's step takes its own compute, whatever the others do; a pair moves 2 N bytes
#include <algorithm>

#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/paired_worker.h"
#include "core/rng.h"

namespace tandem::strategies {
namespace {

constexpr int kRequestTag = 1, kAnswerTag = 2, kEndTag = 3;

class Active : public PairedWorker {
 public:
  explicit Active(const Worker& worker) : PairedWorker(worker, 2) {}

 private:
  enum { kSent, kAnswer };
  void begin_pair(std::size_t step) override {
    std::vector<std::size_t> alive;
    for (std::size_t other = 0; other < others_.size(); ++other) {
      if (is_alive(other)) alive.push_back(other);
    }
    if (alive.empty() || ops_[kSent] || ops_[kAnswer]) return;
    const auto rank = static_cast<std::uint64_t>(comm_.rank());
    other_ = alive[keyed_stream(job_.seed, Purpose::neighbours, rank, step)() % alive.size()];
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
    while (ops_[kSent] || ops_[kAnswer]) handle_next();
    for (std::size_t other = 0; other < others_.size(); ++other) {
      if (is_alive(other)) ops_[kSent] = comm_.isend(others_[other], kEndTag, {});
      while (ops_[kSent]) handle_next();
    }
  }

  std::size_t other_ = 0;  // who was asked last
};

class Passive : public PairedWorker {
 public:
  explicit Passive(const Worker& worker) : PairedWorker(worker, 6) {
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
    while (std::ranges::any_of(ops_, [](const Op& op) { return op.id != 0; })) handle_next();
  }
};

std::optional<std::string> refusal(const Job& job) {
  if (job.workload.stop.loss) return "ad-psgd: stop.loss would have every worker wait for all";
  if (auto reason = deaths_refusal(job)) return reason;
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
                        .options = {codec_option(), consensus_option(), deaths_option()},
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
