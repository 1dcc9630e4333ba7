// Federated averaging, FedAvg (McMahan et al., "Communication-efficient learning of deep networks from decentralized
// data", AISTATS 2017): in each round of `period` steps the server sends its model to clients drawn for the round,
// these train it on their own rows, and the server's new model is the mean of theirs, weighted by the samples that each
// saw. The others compute nothing.
//
//   cost of a round, m of n clients drawn: period x the slowest client's compute + 2 (alpha + m N beta) at the server
//   messages: one model to each drawn client, and one back
//
// Under a codec a client sends what its model has changed in the round (Reisizadeh et al., "FedPAQ", AISTATS 2020), and
// gets what the server's has changed since it last heard. Clients are workers, and their rows are those of their part
// of each batch: with `partition: hash` always their own.
#include <algorithm>

#include "algorithms/exchanges/averaging_server.h"
#include "algorithms/exchanges/client_rounds.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/shard_coding.h"

namespace tandem::strategies {
namespace {

std::size_t round_of(const Job& job, std::size_t step) { return step / period_of(job); }

class Client : public LocalStep {
 public:
  explicit Client(const Worker& worker)
      : LocalStep(worker), rank_(worker.comm.rank()), coding_(worker, Range{0, worker.job.model.parameters}) {
    if (codec_choice(job_) != nullptr) told_ = initial_buffer(worker.comm, job_, {0, job_.model.parameters});
  }

  bool takes_part(std::size_t step) override {
    if (step == steps_of_round(job_, round_of(job_, step)).begin) {
      is_drawn_ = is_client(job_, rank_, round_of(job_, step));
    }
    return is_drawn_;
  }
  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    if (is_drawn_) return LocalStep::end_step(comm, step);
    agree(comm, step.number);
    return std::nullopt;
  }
  void describe(State& state) override {
    LocalStep::describe(state);
    coding_.describe(state);
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    if (!is_due(job_, step)) return;
    if (is_drawn_) comm.send(job_.workers, AveragingServer::kUpdateTag, update(comm, step));
    if (is_client(job_, rank_, round_of(job_, step) + 1)) take_model(comm, step);
  }

  // The gradients are used up: their room serves.
  Slice update(Comm& comm, std::size_t step) {
    const Slice parameters = replica_.parameters(), changed = replica_.gradients(), told = told_;
    if (!is_coded(job_, step)) return parameters;
    comm.compute(work_of_sum(parameters.bytes()), [&] {
      for (std::size_t i = 0; i < changed.count; ++i) changed.f32()[i] = parameters.f32()[i] - told.f32()[i];
    });
    return coding_.push(comm, step, changed);
  }

  void take_model(Comm& comm, std::size_t step) {
    const bool has_codec = codec_choice(job_) != nullptr;
    const Slice model = has_codec ? told_.slice() : replica_.parameters();
    comm.recv(job_.workers, AveragingServer::kModelTag, coding_.pull(step, model));
    coding_.take_in(comm, step, model, replica_.gradients());
    if (!has_codec) return;
    const Slice parameters = replica_.parameters();
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(model.bytes())},
                 [&] { std::copy_n(model.f32(), model.count, parameters.f32()); });
  }

  int rank_;
  bool is_drawn_ = false;
  parameter_server::ShardCoding coding_;
  Buffer told_;  // the model that the server last told; only with a codec
};

void serve(Comm& comm, const Job& job, Training& training, int) {
  AveragingServer server(comm, job);
  server.describe(training.state());
  for (std::size_t round = 0; round < rounds_of(job); ++round) {
    server.average(round);
    training.snapshot_if_due(comm, steps_of_round(job, round).end, {0, job.model.parameters + 1});
    server.tell(round);
  }
  training.finish();
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  Traffic traffic;
  for (std::size_t step = steps.begin; step < steps.end; ++step) {
    if (!is_due(job, step)) continue;
    const Form form = form_of(job, {0, job.model.parameters}, is_coded(job, step));
    const std::uint64_t bytes = bytes_of(form.count(), form.element);
    const std::vector<std::size_t> now = clients_of(job, round_of(job, step));
    const std::vector<std::size_t> next = clients_of(job, round_of(job, step) + 1);
    const bool serves = rank == job.workers;
    const auto count = [&](const std::vector<std::size_t>& clients) -> std::uint64_t {
      return serves ? clients.size() : std::count(clients.begin(), clients.end(), static_cast<std::size_t>(rank));
    };
    const std::uint64_t sent = count(serves ? next : now), received = count(serves ? now : next);
    traffic += {sent, sent * bytes, received, received * bytes};
  }
  return traffic;
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = vote_refusal(job)) return reason;
  return refuse_stop_at_loss(job);
}

}  // namespace

Strategy fedavg() {
  return data_parallel({.name = "fedavg",
                        .doc = "a server averages the models that clients drawn for a round have trained",
                        .paper = "McMahan et al. 2017",
                        .options = {codec_option(), period_option(), fedavg_options()},
                        .scale = GradientScale::own,
                        .worker_copies = Copy::version,
                        .facts =
                            [](const Choice& choice) {
                              return Facts{.every_gradient_every_step = false,
                                           .replicas_agree = false,
                                           .needs_all_parts = choice.get<FedAvgOptions>().fraction == 1};
                            },
                        .make = [](const Worker& worker) { return std::make_unique<Client>(worker); },
                        .serve = serve,
                        .layout = [](const Choice&, int workers) { return Layout{.ranks = workers + 1, .servers = 1}; },
                        .refusal = refusal,
                        .traffic = traffic,
                        .memory = averaging_memory,
                        .coding_memory = averaging_coding_memory});
}

}  // namespace tandem::strategies
