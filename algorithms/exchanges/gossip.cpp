// Decentralised parallel SGD, D-PSGD (Lian et al., "Can decentralized algorithms outperform centralized algorithms?",
// NIPS 2017): no worker ever hears from all. In each step a worker averages its parameters with its neighbours' and
// then takes the step of its own gradient, which it computed at its parameters from before.
//
//   cost of a step with g neighbours: compute/n + alpha + g N beta, however many workers there are
//   room: g copies of the parameters; with a codec g + 1 messages and three copies
//
// The workers' squared distance to their mean shrinks by the second largest eigenvalue of the weights, squared, in
// every step, and grows with what their gradients differ. The run's model is worker 0's. Under a codec workers tell
// what they have changed, and move by `consensus_rate` towards the mean of what they were told (Koloskova, Stich and
// Jaggi, "CHOCO-SGD", ICML 2019): a codec that says little at a time needs a small rate.
//
// Up to `deaths` workers may die. Who misses a neighbour's message gives its weight to itself, then and ever after: so
// the weights of those who are left stay doubly stochastic, and nobody need know of others than its neighbours.
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/coded_changes.h"
#include "algorithms/exchanges/gossip_graph.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/neighbour_exchange.h"

namespace tandem::strategies {
namespace {

float rate_of(const Job& job) { return static_cast<float>(job.strategy.get<ConsensusOption>().rate); }

std::vector<int> neighbours_in(const Job& job, int worker, std::size_t step) {
  return neighbours(job.strategy.get<GossipOptions>().graph, job.workers, worker, job.seed, step);
}

class Gossip : public OwnStep {
 public:
  explicit Gossip(const Worker& worker) : OwnStep(worker), exchange_(job_) {
    if (codec_choice(job_) == nullptr) return;
    const Range all{0, job_.model.parameters};
    changes_.emplace(worker.comm, job_, all, /*sender=*/static_cast<std::uint64_t>(worker.comm.rank()));
    coding_.emplace(worker.comm, job_, all, /*sender=*/0, Feedback::none);
    message_ = worker.comm.make_buffer(coding_->form().count(), coding_->form().element);
    apart_ = worker.comm.make_buffer(job_.model.parameters);
    room_ = worker.comm.make_buffer(job_.model.parameters);
  }

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    const std::vector<int> others = neighbours_in(job_, comm.rank(), step.number);
    is_coded(job_, step.number) ? mix_coded(comm, step.number, others) : mix(comm, others);
    take_step(comm, step);
    return std::nullopt;
  }
  void describe(State& state) override {
    OwnStep::describe(state);
    if (changes_) changes_->describe(state);
  }

 private:
  void mix(Comm& comm, const std::vector<int>& others) {
    const Slice own = replica_.parameters(), theirs = exchange_.run(comm, others, own), apart = apart_;
    const float weight = 1 / static_cast<float>(others.size() + 1), rate = rate_of(job_);
    if (changes_) changes_->told(comm, own);
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(own.bytes() + theirs.bytes())}, [&] {
      for (std::size_t i = 0; i < own.count; ++i) {
        float sum = own.f32()[i];
        for (std::size_t other = 0; other < others.size(); ++other) sum += theirs.f32()[other * own.count + i];
        if (changes_) apart.f32()[i] = sum - static_cast<float>(others.size() + 1) * own.f32()[i];
        const float mean = sum * weight;
        own.f32()[i] = rate == 1 ? mean : own.f32()[i] + rate * (mean - own.f32()[i]);
      }
    });
  }

  // What all know of each other takes the place of the parameters, so that the mean of all workers is kept.
  void mix_coded(Comm& comm, std::size_t step, const std::vector<int>& others) {
    const Slice own = replica_.parameters(), apart = apart_, room = room_;
    changes_->write(comm, step, own, message_);
    const Slice theirs = exchange_.run(comm, others, message_);
    const auto count = static_cast<float>(others.size());
    coding_->decode(comm, step, message_, room);
    comm.compute(work_of_sum(own.bytes()), [&] {
      for (std::size_t i = 0; i < own.count; ++i) apart.f32()[i] -= count * room.f32()[i];
    });
    coding_->begin(comm, room);
    for (std::size_t i = 0; i < others.size(); ++i) {
      coding_->add(comm, step, theirs.part(i * message_.count(), message_.count()), room);
    }
    accumulate(comm, apart, room);
    const float rate = rate_of(job_) / (count + 1);
    comm.compute(work_of_sum(own.bytes()), [&] {
      for (std::size_t i = 0; i < own.count; ++i) own.f32()[i] += rate * apart.f32()[i];
    });
  }

  NeighbourExchange exchange_;
  std::optional<CodedChanges> changes_;  // told to the neighbours; only with a codec
  std::optional<Coding> coding_;
  Buffer message_, room_;
  Buffer apart_;  // the sum over the neighbours of what they are known to have, less as often what they know of this
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  if (deaths_survived(job.strategy) > 0) return std::nullopt;
  const std::uint64_t messages = neighbours_in(job, rank, 0).size();
  return traffic_of_steps(job, steps, [&](bool is_coded) {
    const Form form = form_of(job, {0, job.model.parameters}, is_coded);
    const std::uint64_t bytes = messages * bytes_of(form.count(), form.element);
    return Traffic{messages, bytes, messages, bytes};
  });
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = vote_refusal(job)) return reason;
  if (auto reason = deaths_refusal(job)) return reason;
  if (deaths_survived(job.strategy) > 0 && job.workload.stop.loss)
    return "gossip: stop.loss has every worker wait for all, also for those who have died";
  if (deaths_survived(job.strategy) > 0 && codec_choice(job) != nullptr)
    return "gossip: under a codec a worker has the sum of its neighbours alone, from which a dead one's part cannot go";
  if (codec_choice(job) == nullptr || job.strategy.get<GossipOptions>().graph != GossipGraph::random)
    return std::nullopt;
  return "gossip: a codec tells what has changed since the neighbours last heard, and in a random graph they are "
         "others in each step";
}

double neighbours_of(const Job& job, int rank) { return static_cast<double>(neighbours_in(job, rank, 0).size()); }

Memory memory(const Job& job, int rank) {
  return worker_memory(job, rank, codec_choice(job) == nullptr ? neighbours_of(job, rank) : 3);
}

double coding_memory(const Job& job, int rank) {
  return (neighbours_of(job, rank) + 1) * message_bytes(job, {0, job.model.parameters});
}

}  // namespace

Strategy gossip() {
  return data_parallel({.name = "gossip",
                        .doc = "workers average with their neighbours in a graph, and nobody with all",
                        .paper = "Lian et al. 2017 (D-PSGD); Koloskova et al. 2019 (coded)",
                        .options = {codec_option(), gossip_options(), consensus_option(), deaths_option()},
                        .scale = GradientScale::own,
                        .worker_copies = Copy::version,
                        .facts =
                            [](const Choice& choice) {
                              return Facts{deaths_survived(choice) == 0, false, false};
                            },
                        .make = [](const Worker& worker) { return std::make_unique<Gossip>(worker); },
                        .refusal = refusal,
                        .traffic = traffic,
                        .memory = memory,
                        .coding_memory = coding_memory});
}

}  // namespace tandem::strategies
