#include "algorithms/exchanges/parameter_server.h"

#include <algorithm>
#include <bit>

#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/replication.h"
#include "core/config/options.h"

namespace tandem::parameter_server {

Meta to_meta(const Push& push) {
  return {{std::bit_cast<std::int64_t>(push.loss), push.version, push.is_last ? 1 : 0,
           std::bit_cast<std::int64_t>(push.waited_s)}};
}
Push push_from(const Meta& meta) {
  return {std::bit_cast<double>(meta.words[0]), meta.words[1], meta.words[2] != 0,
          std::bit_cast<double>(meta.words[3])};
}
Meta to_meta(const Pull& pull) { return {{pull.version, pull.stop ? 1 : 0}}; }
Pull pull_from(const Meta& meta) { return {meta.words[0], meta.words[1] != 0}; }

Layout layout(const Choice& choice, int workers) {
  const auto& options = choice.get<ServerOptions>();
  return {.ranks = workers + options.dedicated(),
          .servers = options.dedicated(),
          .colocated_servers = options.colocated(workers)};
}

std::optional<std::string> refusal(const Job& job) {
  const ServerOptions& options = server_options_of(job);
  if (options.colocated(job.workers) > job.workers)
    return fmt::format("{} colocated servers need as many workers, there are {}", options.servers, job.workers);
  if (options.placement != Placement::mixed) return std::nullopt;
  if (options.servers >= job.workers) {
    return fmt::format("{} servers beside {} workers carry all parameters best: see placement: dedicated",
                       options.servers, job.workers);
  }
  if (options.shards != Shards::even) return "placement: mixed cuts the parameters by element: it takes shards: even";
  if (job.ranks_per_node > 1) return "placement: mixed reckons with one worker per host, see cluster.ranks_per_node";
  return std::nullopt;
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto step_traffic = [&](bool is_coded) {
    Traffic step;
    for (const Shard& shard : shards_of(job)) {
      const Form form = form_of(job, shard.range, is_coded);
      const std::uint64_t bytes = bytes_of(form.count(), form.element);
      const std::vector<int> pushers = pushers_of(job);
      const auto count = static_cast<std::uint64_t>(pushers.size());
      const bool holds = server_rank(job, shard.server) == rank;
      const bool pushes = std::find(pushers.begin(), pushers.end(), rank) != pushers.end();
      if (pushes) step += {1, bytes, 1, bytes};
      if (holds) step += {count, count * bytes, count, count * bytes};
      if (holds && pushes) step.bytes_kept += 2 * bytes;  // its own worker's go over no link
    }
    return step;
  };
  return traffic_of_steps(job, steps, step_traffic);
}

Client::Client(const Worker& worker)
    : job_(worker.job),
      replica_(worker.replica),
      servers_(worker.job),
      shards_(shards_of(worker.job)),
      answers_(shards_.size()),
      is_answered_(shards_.size()),
      ops_(2 * shards_.size()) {
  for (const Shard& shard : shards_) codings_.emplace_back(worker, shard.range);
}

void Client::gradients_ready(Comm& stack, const Step& step, Range layers) {
  if (pushed_ == shards_.size()) pushed_ = 0;
  step_ = step;
  const std::size_t bucket = shards_[pushed_].bucket;
  const Range covered = job_.model.parameter_range(layers);
  for (; pushed_ < shards_.size() && shards_[pushed_].bucket == bucket; ++pushed_) {
    const Range range = shards_[pushed_].range;
    if (range.begin < covered.begin || range.end > covered.end) broken_invariant("a bucket without its shards");
    post(stack, pushed_);
  }
}

void Client::post(Comm& stack, std::size_t i, double waited_s) {
  const Shard& shard = shards_[i];
  const int server = servers_.of(shard.server);
  const Push push{
      .loss = step_.loss, .version = pull_from(answers_[i]).version, .is_last = is_last(step_), .waited_s = waited_s};
  const Slice pull = codings_[i].pull(step_.number, part_of(replica_.parameters(), shard.range));
  ops_[2 * i] = stack.irecv(server, shard.tag + 1, pull, &answers_[i]);
  const Slice gradient = codings_[i].push(stack, step_.number, part_of(replica_.gradients(), shard.range));
  ops_[2 * i + 1] = stack.isend(server, shard.tag, gradient, to_meta(push));
  is_answered_[i] = false;
}

void Client::gradients_done(Comm& stack) {
  await_answers(stack);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Range range = shards_[i].range;
    codings_[i].take_in(stack, step_.number, part_of(replica_.parameters(), range),
                        part_of(replica_.gradients(), range));
  }
}

void Client::await_answers(Comm& stack) {
  const double began_s = stack.now();
  while (std::any_of(ops_.begin(), ops_.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    try {
      const std::size_t done = stack.wait_any(ops_);
      if (done % 2 == 0) is_answered_[done / 2] = true;
    } catch (const PeerFailed& death) {
      push_again(stack, death, stack.now() - began_s);
    }
  }
}

// The gradient is still there, and the replica knows by the version whether it has counted it.
void Client::push_again(Comm& stack, const PeerFailed& death, double waited_s) {
  const int server = servers_.replace(death);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].server != server) continue;
    stack.cancel(ops_[2 * i]);
    stack.cancel(ops_[2 * i + 1]);
    if (!is_answered_[i]) post(stack, i, waited_s);
  }
}

void Client::withdraw(Comm& stack) {
  for (Op& op : ops_) stack.cancel(op);
}

std::optional<bool> Client::end_step(Comm& comm, const Step& step) {
  const bool stops = server_says_stop();
  if (has_replicas(job_.strategy) && (stops || step.number + 1 == job_.steps)) take_leave(comm, job_);
  return stops;
}

void Client::describe(State& state) {
  for (std::size_t i = 0; i < shards_.size(); ++i) state.add_number("pulled version", i, answers_[i].words[0]);
  for (ShardCoding& coding : codings_) coding.describe(state);
}

}  // namespace tandem::parameter_server
