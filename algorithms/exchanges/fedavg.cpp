// Federated averaging, FedAvg (McMahan et al., "Communication-efficient learning of deep networks from decentralized
// data", AISTATS 2017): in each round of `period` steps the server sends its model to clients drawn for the round,
// these train it on their own rows, and the server's new model is the mean of theirs, weighted by the samples that each
// saw. The others compute nothing.
//
//   cost of a round, m of n clients drawn: period x the slowest client's compute + 2 (alpha + m N beta) at the server
//   messages: one model to each drawn client, and one back
//
// Clients are workers, and their rows are those of their part of each batch: with `partition: hash` always their own.
#include <algorithm>
#include <cmath>

#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"
#include "core/rng.h"

namespace tandem::strategies {
namespace {

constexpr int kModelTag = 1, kUpdateTag = 2;

struct FedAvgOptions {
  double fraction = 0.5;
};

std::size_t period_of(const Job& job) { return job.strategy.get<PeriodOption>().period; }
std::size_t rounds_of(const Job& job) { return (job.steps + period_of(job) - 1) / period_of(job); }

/// The clients of a round, in ascending order; none after the last.
std::vector<std::size_t> clients_of(const Job& job, std::size_t round) {
  if (round >= rounds_of(job)) return {};
  const auto all = static_cast<std::size_t>(job.workers);
  const auto drawn = static_cast<std::size_t>(std::lround(job.strategy.get<FedAvgOptions>().fraction * job.workers));
  return draw_distinct(std::max<std::size_t>(drawn, 1), all, keyed_stream(job.seed, Purpose::clients, 0, round));
}

bool is_client(const Job& job, int worker, std::size_t round) {
  const std::vector<std::size_t> clients = clients_of(job, round);
  return std::binary_search(clients.begin(), clients.end(), static_cast<std::size_t>(worker));
}

class Client : public LocalStep {
 public:
  explicit Client(const Worker& worker) : LocalStep(worker), rank_(worker.comm.rank()) {}

  bool takes_part(std::size_t step) override {
    if (step % period_of(job_) == 0) is_drawn_ = is_client(job_, rank_, step / period_of(job_));
    return is_drawn_;
  }
  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    if (is_drawn_) return LocalStep::end_step(comm, step);
    agree(comm, step.number);
    return std::nullopt;
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    if (!is_due(job_, step)) return;
    const int server = job_.workers;
    if (is_drawn_) comm.send(server, kUpdateTag, replica_.parameters());
    if (is_client(job_, rank_, step / period_of(job_) + 1)) comm.recv(server, kModelTag, replica_.parameters());
  }

  int rank_;
  bool is_drawn_ = false;
};

void serve(Comm& comm, const Job& job, Training& training, int) {
  const Buffer model = initial_buffer(comm, job, {0, job.model.parameters});
  const Buffer update = comm.make_buffer(job.model.parameters);
  training.state().add_parameters(0, model, Copy::owned);
  const Slice mean = model, theirs = update;

  for (std::size_t round = 0; round < rounds_of(job); ++round) {
    const std::size_t first = round * period_of(job), end = std::min(first + period_of(job), job.steps);
    const auto samples_of = [&](std::size_t client) {
      std::size_t samples = 0;
      for (std::size_t step = first; step < end; ++step) {
        samples += job.batches.part_size(step, static_cast<int>(client));
      }
      return static_cast<double>(samples);
    };
    const std::vector<std::size_t> clients = clients_of(job, round);
    double samples = 0;
    for (const std::size_t client : clients) samples += samples_of(client);
    std::fill_n(mean.f32(), mean.is_phantom() ? 0 : mean.count, 0.0F);
    for (const std::size_t client : clients) {
      comm.recv(static_cast<int>(client), kUpdateTag, theirs);
      const double share = samples > 0 ? samples_of(client) / samples : 1 / static_cast<double>(clients.size());
      comm.compute(work_of_sum(mean.bytes()), [&] {
        const auto weight = static_cast<float>(share);
        for (std::size_t i = 0; i < mean.count; ++i) mean.f32()[i] += weight * theirs.f32()[i];
      });
    }
    training.snapshot_if_due(comm, end, {0, job.model.parameters + 1});
    std::vector<Op> sends;
    for (const std::size_t client : clients_of(job, round + 1)) {
      sends.push_back(comm.isend(static_cast<int>(client), kModelTag, model));
    }
    comm.wait_all(sends);
  }
  training.finish();
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  Traffic traffic;
  const std::uint64_t bytes = bytes_of(job.model.parameters);
  for (std::size_t step = steps.begin; step < steps.end; ++step) {
    if (!is_due(job, step)) continue;
    const std::vector<std::size_t> now = clients_of(job, step / period_of(job));
    const std::vector<std::size_t> next = clients_of(job, step / period_of(job) + 1);
    const bool serves = rank == job.workers;
    const auto count = [&](const std::vector<std::size_t>& clients) -> std::uint64_t {
      return serves ? clients.size() : std::count(clients.begin(), clients.end(), static_cast<std::size_t>(rank));
    };
    const std::uint64_t sent = count(serves ? next : now), received = count(serves ? now : next);
    traffic += {sent, sent * bytes, received, received * bytes};
  }
  return traffic;
}

}  // namespace

Strategy fedavg() {
  const auto keys = Mapping<FedAvgOptions>().key("fraction", &FedAvgOptions::fraction, number(above(0, 1)),
                                                 "of the workers that are drawn for a round, at least one");
  const auto label = +[](const FedAvgOptions& options) { return fmt::format("C={:g}", options.fraction); };
  return data_parallel(
      {.name = "fedavg",
       .doc = "a server averages the models that clients drawn for a round have trained",
       .paper = "McMahan et al. 2017",
       .options = {period_option(), option_table(keys, label)},
       .scale = GradientScale::own,
       .worker_copies = Copy::version,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .replicas_agree = false}; },
       .make = [](const Worker& worker) { return std::make_unique<Client>(worker); },
       .serve = serve,
       .layout = [](const Choice&, int workers) { return Layout{.ranks = workers + 1, .servers = 1}; },
       .refusal = refuse_stop_at_loss,
       .traffic = traffic});
}

}  // namespace tandem::strategies
