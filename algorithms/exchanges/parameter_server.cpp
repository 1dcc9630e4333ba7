#include "algorithms/exchanges/parameter_server.h"

#include <algorithm>
#include <bit>

#include "algorithms/exchanges/buckets.h"
#include "core/config/options.h"

namespace tandem::parameter_server {

Meta to_meta(const Push& push) {
  return {{std::bit_cast<std::int64_t>(push.loss), push.version, push.is_last ? 1 : 0}};
}
Push push_from(const Meta& meta) { return {std::bit_cast<double>(meta.words[0]), meta.words[1], meta.words[2] != 0}; }
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
    : job_(worker.job), replica_(worker.replica), shards_(shards_of(worker.job)), answers_(shards_.size()) {
  for (const Shard& shard : shards_) codings_.emplace_back(worker, shard.range);
}

void Client::gradients_ready(Comm& stack, const Step& step, Range layers) {
  if (pushed_ == shards_.size()) pushed_ = 0;
  step_ = step.number;
  const std::size_t bucket = shards_[pushed_].bucket;
  const Range covered = job_.model.parameter_range(layers);
  for (; pushed_ < shards_.size() && shards_[pushed_].bucket == bucket; ++pushed_) {
    const Shard& shard = shards_[pushed_];
    if (shard.range.begin < covered.begin || shard.range.end > covered.end)
      broken_invariant("a bucket without its shards");
    const int server = server_rank(job_, shard.server);
    Meta& answer = answers_[pushed_];
    const Push push{.loss = step.loss, .version = pull_from(answer).version, .is_last = is_last(step)};
    ShardCoding& coding = codings_[pushed_];
    const Slice pull = coding.pull(step_, part_of(replica_.parameters(), shard.range));
    ops_.push_back(stack.irecv(server, shard.tag + 1, pull, &answer));
    const Slice gradient = coding.push(stack, step_, part_of(replica_.gradients(), shard.range));
    ops_.push_back(stack.isend(server, shard.tag, gradient, to_meta(push)));
  }
}

void Client::gradients_done(Comm& stack) {
  stack.wait_all(ops_);
  ops_.clear();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Range range = shards_[i].range;
    codings_[i].take_in(stack, step_, part_of(replica_.parameters(), range), part_of(replica_.gradients(), range));
  }
}

void Client::withdraw(Comm& stack) {
  for (Op& op : ops_) stack.cancel(op);
  ops_.clear();
}

std::optional<bool> Client::end_step(Comm&, const Step&) { return server_says_stop(); }

void Client::describe(State& state) {
  for (std::size_t i = 0; i < shards_.size(); ++i) state.add_number("pulled version", i, answers_[i].words[0]);
  for (ShardCoding& coding : codings_) coding.describe(state);
}

}  // namespace tandem::parameter_server
