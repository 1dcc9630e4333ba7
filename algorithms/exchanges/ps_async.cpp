// Asynchronous parameter server: a server answers each worker without waiting for the others, so a slow worker delays
// only itself, and gradients are computed from parameters that are some updates old (Dean et al., "Large scale
// distributed deep networks", NIPS 2012). With `staleness: s` it is stale-synchronous (Ho et al., "More effective
// distributed ML via a stale synchronous parallel parameter server", NIPS 2013): a worker that has ended c steps begins
// another only when the slowest has ended at least c - s. s = 0 is the synchronous parameter server, to the bit.
//
//   cost: n workers saturate a server's link when 2 n N beta exceeds a worker's compute; then a round of n updates
//   takes n N beta when pushes and pulls overlap, and up to twice that when equal workers move in lockstep
//   messages: one push and one pull per worker, shard and step
//
// With `rate_by_staleness` a gradient that is s updates old counts 1/s (Zhang, Gupta, Lian and Liu, "Staleness-aware
// async-SGD for distributed deep learning", IJCAI 2016).
//
// A server applies what it has received just before it next answers: gradients that arrived since, summed in rank
// order, as one update. Nobody can see a difference to applying each on arrival, except an optimizer with momentum,
// which takes the group as the one step that it is.
#include <span>

#include "algorithms/exchanges/async_shard.h"
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/server_memory.h"
#include "algorithms/exchanges/survivors.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

using namespace parameter_server;

OptionTable async_options() {
  return option_table<AsyncOptions>(
      Mapping<AsyncOptions>()
          .key("staleness", &AsyncOptions::staleness, maybe(whole<int>(between(0, 1e6))),
               "stale-synchronous bound: how many clocks a worker may be ahead of the slowest")
          .otherwise("unbounded")
          .key("rate_by_staleness", &AsyncOptions::rate_by_staleness, flag(),
               "a gradient that is s updates old counts 1/s (Zhang et al. 2016)"),
      +[](const AsyncOptions& options) {
        std::string label = options.staleness ? fmt::format("s={}", *options.staleness) : "";
        if (options.rate_by_staleness) label += label.empty() ? "rate/staleness" : " rate/staleness";
        return label;
      });
}

// A worker that hears that the loss is low enough takes one more step, and tells the servers that it is its last.
class AsyncClient : public Client {
 public:
  using Client::Client;

  std::optional<bool> end_step(Comm&, const Step& step) override {
    const bool was_last = is_last(step);
    stop_ = server_says_stop();
    return was_last;
  }

 private:
  bool is_last(const Step& step) const override { return stop_ || Client::is_last(step); }
  bool stop_ = false;
};

void serve(Comm& comm, const Job& job, Training& training, int server) {
  std::vector<AsyncShard> shards;
  for (const Shard& shard : shards_of(job, server)) {
    shards.emplace_back(comm, job, shard, job.strategy.get<AsyncOptions>(), training);
  }
  for (AsyncShard& shard : shards) shard.describe(training.state());
  const std::size_t first_step = training.begin(comm);
  for (AsyncShard& shard : shards) shard.begin_at(first_step);

  const std::size_t each = shards.front().operations();
  std::vector<Op> ops(each * shards.size());
  const CancelGuard guard(comm, ops);
  const auto ops_of = [&](std::size_t shard) { return std::span(ops).subspan(shard * each, each); };
  for (std::size_t i = 0; i < shards.size() && first_step < job.steps; ++i) {
    shards[i].post_first_receives(comm, ops_of(i), first_step);
  }
  // Workers wait for each other at a checkpoint: then every shard comes to rest after the same number of steps.
  const auto checkpoint_if_at_rest = [&] {
    const auto steps = shards.front().rests_after(ops_of(0));
    if (!steps || !training.checkpoint_is_due(*steps)) return;
    for (std::size_t i = 1; i < shards.size(); ++i) {
      if (shards[i].rests_after(ops_of(i)) != steps) return;
    }
    training.checkpoint_if_due(comm, *steps);
  };
  const auto go_on_without = [&](std::size_t worker) {
    for (std::size_t i = 0; i < shards.size(); ++i) shards[i].go_on_without(comm, ops_of(i), static_cast<int>(worker));
    checkpoint_if_at_rest();
  };
  Survivors survivors(comm, static_cast<std::size_t>(job.workers), deaths_survived(job.strategy), go_on_without);
  while (const auto done = survivors.next_of(ops)) {  // as long as a worker has not ended, there is an op
    shards[*done / each].proceed(comm, ops_of(*done / each), *done % each);
    checkpoint_if_at_rest();
  }
  training.finish();
}

std::optional<std::string> async_refusal(const Job& job) {
  if (auto reason = vote_refusal(job)) return reason;
  if (auto reason = deaths_refusal(job)) return reason;
  for (const Shard& shard : shards_of(job)) {
    if (deaths_survived(job.strategy) > 0 && server_rank(job, shard.server) < job.workers)
      return "ps-async: nobody goes on without a server, so with deaths none is on a worker's rank";
  }
  return refusal(job);
}

// What the dead have not sent has no closed form.
std::optional<Traffic> async_traffic(const Job& job, int rank, StepRange steps) {
  return deaths_survived(job.strategy) > 0 ? std::nullopt : traffic(job, rank, steps);
}

}  // namespace

Strategy ps_async() {
  return data_parallel({
      .name = "ps-async",
      .doc = "parameter server: workers never wait for each other, or only within a staleness bound (SSP)",
      .paper = "Dean et al. 2012; Ho et al. 2013 (SSP)",
      .options = {server_options(), codec_option(), async_options(), deaths_option()},
      .worker_copies = Copy::version,
      .facts =
          [](const Choice& choice) {
            const CodecOption* option = choice.find<CodecOption>();
            const bool has_codec = option != nullptr && option->codec;
            return Facts{.same_bits = false,
                         .every_gradient_every_step = false,
                         .replicas_agree = false,
                         .can_be_kept = !has_codec};
          },
      .make = [](const Worker& worker) { return std::make_unique<AsyncClient>(worker); },
      .serve = serve,
      .layout = layout,
      .refusal = async_refusal,
      .traffic = async_traffic,
      .memory = memory,
      .coding_memory = memory_of_own_pulls,
      .asks_losses = false,
  });
}

}  // namespace tandem::strategies
