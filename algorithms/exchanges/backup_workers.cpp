// Synchronous SGD with backup workers (Chen et al., "Revisiting distributed synchronous SGD", 2016): of P workers the
// server waits for the first P - b gradients of each step. A gradient that comes later was computed from parameters
// that are old by then: the server drops it, and answers with those of now. So b workers may die without loss.
//
//   cost of a step: the (P-b)-th fastest worker's compute, and the server's 2 (alpha + P N beta)
//   messages: one push and one pull per gradient, counted or dropped
//
// With exponential times of mean t, workers who could drop their work at once would take t (H_P - H_b) per step (H: a
// harmonic number); a late worker ends what it began. Without backups it is the synchronous parameter server, to the
// bit.
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/backup_server.h"
#include "algorithms/exchanges/parameter_server.h"
#include "algorithms/exchanges/server_memory.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

using namespace parameter_server;

int backups_of(const Job& job) { return job.strategy.get<BackupOption>().backups; }

// A worker counts the steps that it takes itself: they say which part of the data is next.
class BackupClient : public Client {
 public:
  using Client::Client;

  std::optional<bool> end_step(Comm&, const Step&) override {
    ++own_steps_;
    return server_says_stop();
  }
  std::size_t steps_done(const Step&) const override { return static_cast<std::size_t>(version()); }
  std::size_t own_steps(std::size_t) const override { return static_cast<std::size_t>(own_steps_); }
  void describe(State& state) override {
    Client::describe(state);
    state.add_number("own steps", 0, own_steps_);
  }

 private:
  std::int64_t own_steps_ = 0;
};

std::optional<std::string> backup_refusal(const Job& job) {
  if (backups_of(job) >= job.workers)
    return fmt::format("{} backups leave none of {} workers to wait for", backups_of(job), job.workers);
  if (auto reason = vote_refusal(job)) return reason;
  if (shards_of(job).size() == 1) return std::nullopt;
  return "backup-workers decides of whole gradients which count; it takes one server and no bucket or overlap";
}

}  // namespace

Strategy backup_workers() {
  const auto keys = Mapping<BackupOption>().key("backups", &BackupOption::backups, whole<int>(between(0, 65535)),
                                                "workers whose gradient a step does not wait for");
  const auto label = +[](const BackupOption& options) { return fmt::format("b={}", options.backups); };
  return data_parallel({.name = "backup-workers",
                        .doc = "parameter server: a step takes the first gradients and drops the last few",
                        .paper = "Chen et al. 2016",
                        .options = {server_options(), codec_option(), option_table(keys, label)},
                        .worker_copies = Copy::version,
                        .facts =
                            [](const Choice& choice) {
                              const CodecOption* option = choice.find<CodecOption>();
                              return Facts{.same_bits = false,
                                           .every_gradient_every_step = false,
                                           .replicas_agree = false,
                                           .can_be_kept = option == nullptr || !option->codec};
                            },
                        .make = [](const Worker& worker) { return std::make_unique<BackupClient>(worker); },
                        .serve = serve_with_backups,
                        .layout = layout,
                        .refusal = backup_refusal,
                        .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(); },
                        .memory = memory,
                        .coding_memory = memory_of_own_pulls,
                        .asks_losses = false});
}

}  // namespace tandem::strategies
