#include "algorithms/strategies/parameter_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "algorithms/strategies/local_gradient.h"

namespace tandem::parameter_server {

Meta to_meta(const Push& push) {
  return {{std::bit_cast<std::int64_t>(push.loss), push.version, push.is_last ? 1 : 0}};
}
Push push_from(const Meta& meta) { return {std::bit_cast<double>(meta.words[0]), meta.words[1], meta.words[2] != 0}; }
Meta to_meta(const Pull& pull) { return {{pull.version, pull.stop ? 1 : 0}}; }
Pull pull_from(const Meta& meta) { return {meta.words[0], meta.words[1] != 0}; }

Range shard(const Job& job, int server) {
  return even_part(job.model.parameters, static_cast<std::size_t>(job.strategy.servers),
                   static_cast<std::size_t>(server));
}

int server_rank(const Job& job, int server) {
  return job.strategy.placement == Placement::dedicated ? job.workers + server : server;
}

int ranks(const Job& job) {
  return job.strategy.placement == Placement::dedicated ? job.workers + job.strategy.servers : job.workers;
}

std::optional<std::string> refusal(const StrategySpec& spec, int workers, const Model&) {
  if (spec.placement == Placement::dedicated || spec.servers <= workers) return std::nullopt;
  return fmt::format("{} colocated servers need as many workers, there are {}", spec.servers, workers);
}

Traffic traffic(const Job& job, int rank, std::size_t steps) {
  Traffic step;
  if (rank < job.workers) {
    const auto servers = static_cast<std::uint64_t>(job.strategy.servers);
    const std::uint64_t bytes = bytes_of(job.model.parameters);
    step += {servers, bytes, servers, bytes};
  }
  for (int server = 0; server < job.strategy.servers; ++server) {
    if (server_rank(job, server) != rank) continue;
    const auto workers = static_cast<std::uint64_t>(job.workers);
    const std::uint64_t bytes = workers * bytes_of(shard(job, server).size());
    step += {workers, bytes, workers, bytes};
  }
  return step * steps;
}

void run_roles(Comm& comm, const Job& job, const std::function<void(Comm&)>& worker,
               const std::function<void(Comm&, int)>& server) {
  if (comm.rank() >= job.workers) return server(comm, comm.rank() - job.workers);
  const bool serves = job.strategy.placement == Placement::colocated && comm.rank() < job.strategy.servers;
  if (!serves) return worker(comm);

  CommTask second = comm.spawn("server", [&](Comm& second_stack) { server(second_stack, comm.rank()); });
  worker(comm);
  second.join();
}

bool Client::push_and_pull(Comm& comm, Replica& replica, double loss, bool is_last) {
  const auto servers = static_cast<std::size_t>(job_->strategy.servers);
  std::vector<Meta> answers(servers);
  std::vector<Op> ops;
  for (std::size_t j = 0; j < servers; ++j) {
    const int server = static_cast<int>(j), to = server_rank(*job_, server);
    const Range range = shard(*job_, server);
    ops.push_back(comm.irecv(to, kPull, part_of(replica.parameters(), range), &answers[j]));
    const Push push{.loss = loss, .version = versions_[j], .is_last = is_last};
    ops.push_back(comm.isend(to, kPush, part_of(replica.gradients(), range), to_meta(push)));
  }
  comm.wait_all(ops);
  for (std::size_t j = 0; j < servers; ++j) versions_[j] = pull_from(answers[j]).version;
  return pull_from(answers[0]).stop;
}

PushBox::PushBox(const Comm& comm, const Job& job, Range shard) : metas_(static_cast<std::size_t>(job.workers)) {
  for (int worker = 0; worker < job.workers; ++worker) gradients_.push_back(comm.make_buffer(shard.size()));
}

Op PushBox::post(Comm& comm, int worker) {
  return comm.irecv(worker, kPush, gradient(worker), &metas_[static_cast<std::size_t>(worker)]);
}

}  // namespace tandem::parameter_server
