// Work sharing on uneven hosts: every task is done once, and the end comes when all hosts have had their share.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/lab/in_world.h"
#include "core/counted.h"

namespace tandem::lab::tasks {
namespace {

using Share = decltype(Answer::share);

/// Flops of each task: unequal, and nobody is told.
double flops_of(std::uint64_t seed, int task) { return drawn(seed, static_cast<std::uint64_t>(task), 20, 1e8, 4e8); }

// Ranks count how often they have done each task, and sum the counts by messages to rank 0.
RankFound shared(Comm& comm, Share share, int tasks, std::uint64_t seed) {
  const Buffer done = comm.make_buffer(static_cast<std::size_t>(tasks));
  float* const times = done.slice().f32();
  const Measured measure = measured(comm, [&](Comm& own) {
    share(own, tasks, [&](int task) {
      if (task < 0 || task >= tasks) throw std::out_of_range(fmt::format("there is no task {}", task));
      own.compute({.flops = flops_of(seed, task)}, [] {});
      times[task] += 1;
    });
  });
  RankFound found{.traffic = measure.traffic, .time_s = measure.time_s};
  constexpr int kTimes = 2;
  if (comm.rank() != 0) {
    comm.send(0, kTimes, done);
    return found;
  }
  for (int rank = 1; rank < comm.size(); ++rank) comm.recv_add(rank, kTimes, done);
  for (int task = 0; task < tasks; ++task) found.wrong += times[task] == 1 ? 0 : 1;
  return found;
}

Found once(const World& world, int ranks, int tasks, std::uint64_t seed, Share share) {
  Cluster cluster{.workers = ranks};
  const std::vector<RankFound> found =
      in_world(world, ranks, cluster, [&](Comm& comm) { return shared(comm, share, tasks, seed); });
  const std::int64_t wrong = found.front().wrong;
  return {.holds = wrong == 0,
          .text = wrong == 0
                      ? "every task is done once"
                      : fmt::format("{}: {} of {} tasks are not done once", counted(ranks, "rank"), wrong, tasks)};
}

// What no sharing beats: all flops on all hosts, or the longest task on the fastest. A task is indivisible, so the last
// hosts wait for one task more, and asking costs a round trip per task.
Found soon(std::uint64_t seed, std::uint64_t number, Share share) {
  constexpr int kTasksPerRank = 40;
  Cluster cluster = drawn_cluster(seed, number);
  cluster.network.latency_s = std::min(cluster.network.latency_s, 1e-4);
  const int tasks = kTasksPerRank * cluster.workers;
  double flops = 0, speed = 0, slowest = 1e30, longest = 0;
  for (int task = 0; task < tasks; ++task) {
    flops += flops_of(seed, task);
    longest = std::max(longest, flops_of(seed, task));
  }
  for (int rank = 0; rank < cluster.workers; ++rank) {
    HostGroup host;
    host.workers.ranges = {{.first = rank, .last = rank, .step = 1}};
    host.speed_flops_per_s = drawn(seed, number, 30 + static_cast<std::uint64_t>(rank), 2e9, 20e9);
    speed += *host.speed_flops_per_s;
    slowest = std::min(slowest, *host.speed_flops_per_s);
    cluster.hosts.push_back(host);
  }
  const std::vector<RankFound> found = in_world(*lab_worlds().front(), cluster.workers, cluster,
                                                [&](Comm& comm) { return shared(comm, share, tasks, seed); });
  // Rank 0 may do nothing but give out tasks.
  const double without_0 = speed - *cluster.hosts.front().speed_flops_per_s;
  const double reference_s =
      flops / (without_0 > 0 ? without_0 : speed) + longest / slowest + 2 * kTasksPerRank * cluster.network.latency_s;
  return no_slower(fmt::format("{} tasks, {}, hosts of 2 to 20 Gflop/s", tasks, text_of(cluster)), slowest_s(found),
                   reference_s, 1);
}

std::vector<Check> checks(std::uint64_t seed) {
  std::vector<Check> all;
  for (const World* world : lab_worlds()) {
    Check check{.name = fmt::format("once in {}", world->name), .points = all.empty() ? 20 : 15};
    for (const auto& [ranks, tasks] :
         {std::pair{1, 3}, std::pair{2, 0}, std::pair{2, 7}, std::pair{5, 3}, std::pair{5, 53}}) {
      check.trials.emplace_back([=, ranks = ranks, tasks = tasks](const Answer& answer) {
        return once(*world, ranks, tasks, seed, answer.share);
      });
    }
    all.push_back(std::move(check));
  }
  for (const std::uint64_t number : {1U, 2U, 3U, 4U, 5U}) {
    all.push_back({.name = fmt::format("time on cluster {}", number),
                   .points = 10,
                   .trials = {[=](const Answer& answer) { return soon(seed, number, answer.share); }}});
  }
  return all;
}

}  // namespace

Task sharing() {
  return {.name = "sharing",
          .doc = "work that is shared on uneven hosts: whoever is free takes the next task",
          .is_answered = [](const Answer& answer) { return answer.share != nullptr; },
          .checks = checks};
}

}  // namespace tandem::lab::tasks
