// A synchronous parameter server, cut over several servers: right parameters, no byte too many, no slower than its
// closed form.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "app/lab/in_world.h"
#include "core/counted.h"

namespace tandem::lab::tasks {
namespace {

using Step = decltype(Answer::server_step);
constexpr int kSteps = 2;
constexpr float kRate = 0.5F;

// Parameters after a step are the old ones less half the sum: exact in float32.
RankFound few_steps(Comm& comm, Step step, int servers, std::size_t count, std::uint64_t seed) {
  const int workers = comm.size() - servers;
  const bool is_worker = comm.rank() < workers;
  const Range served =
      is_worker ? Range{0, count}
                : even_part(count, static_cast<std::size_t>(servers), static_cast<std::size_t>(comm.rank() - workers));
  const Buffer parameters = comm.make_buffer(count), gradient = comm.make_buffer(count);
  std::vector<float> expected(count);
  for (std::size_t i = 0; i < count; ++i) expected[i] = parameters.slice().f32()[i] = drawn_value(seed, 1000, i);

  RankFound found{.of = static_cast<std::int64_t>(count)};
  for (int s = 0; s < kSteps; ++s) {
    const std::uint64_t key = seed + static_cast<std::uint64_t>(s);
    for (std::size_t i = 0; i < count; ++i) {
      gradient.slice().f32()[i] = is_worker ? drawn_value(key, comm.rank(), i) : 0;
      for (int worker = 0; worker < workers; ++worker) expected[i] -= kRate * drawn_value(key, worker, i);
    }
    const Measured measure =
        measured(comm, [&](Comm& own) { step(own, servers, gradient.slice(), parameters.slice(), kRate); });
    found.traffic += measure.traffic;
    found.time_s += measure.time_s;
  }
  for (std::size_t i = served.begin; i < served.end; ++i) {
    if (parameters.slice().f32()[i] != expected[i]) ++found.wrong;
  }
  return found;
}

Found right(const World& world, int workers, int servers, std::size_t count, std::uint64_t seed, Step step) {
  const std::vector<RankFound> found =
      in_world(world, workers + servers, Cluster{.workers = workers + servers},
               [&](Comm& comm) { return few_steps(comm, step, servers, count, seed); });
  for (std::size_t rank = 0; rank < found.size(); ++rank) {
    if (found[rank].wrong == 0) continue;
    return {.text = fmt::format("{}, {}, {}: {} of rank {} are wrong", counted(workers, "worker"),
                                counted(servers, "server"), counted(static_cast<int>(count), "value"),
                                found[rank].wrong, rank)};
  }
  return {.holds = true, .text = "the parameters are those of one worker with all gradients"};
}

Found few_bytes(int workers, int servers, std::size_t count, std::uint64_t seed, Step step) {
  const std::vector<RankFound> found =
      in_world(*lab_worlds().front(), workers + servers, Cluster{.workers = workers + servers},
               [&](Comm& comm) { return few_steps(comm, step, servers, count, seed); });
  std::uint64_t sent = 0;
  for (const RankFound& rank : found) sent += rank.traffic.bytes_sent / kSteps;
  const std::uint64_t bound = 2 * static_cast<std::uint64_t>(workers) * value_bytes(count);
  return {.holds = sent <= bound,
          .text = fmt::format("{} workers, {} servers, {} B: {} B are sent per step, the bound is {} B", workers,
                              servers, value_bytes(count), sent, bound)};
}

// The closed form: all push at once through the links of the servers, then all pull.
Found as_fast(std::uint64_t seed, std::uint64_t number, Step step) {
  constexpr double kSlower = 1.05;
  Cluster cluster = drawn_cluster(seed, number);
  const int workers = cluster.workers, servers = static_cast<int>(drawn(seed, number, 13, 1, 5));
  const auto count = static_cast<std::size_t>(drawn(seed, number, 10, 1000, 100'000));
  const std::string where =
      fmt::format("{}, {}, {} B", text_of(cluster), counted(servers, "server"), value_bytes(count));
  cluster.workers += servers;
  const std::vector<RankFound> found = in_world(*lab_worlds().front(), cluster.workers, cluster, [&](Comm& comm) {
    return few_steps(comm, step, servers, count, seed);
  });
  const double most_parts = std::max<double>(1, static_cast<double>(workers) / servers);
  const double way_s = cluster.network.latency_s +
                       most_parts * static_cast<double>(value_bytes(count)) / cluster.network.bandwidth_bytes_per_s;
  // Ranks leave the barrier before a step up to a few latencies apart.
  return no_slower(where, slowest_s(found) / kSteps, 2 * way_s + 4 * cluster.network.latency_s, kSlower);
}

std::vector<Check> checks(std::uint64_t seed) {
  std::vector<Check> all;
  for (const World* world : lab_worlds()) {
    Check check{.name = fmt::format("parameters in {}", world->name), .points = all.empty() ? 20 : 15};
    for (const auto& [workers, servers, count] :
         {std::array{1, 1, 5}, std::array{2, 1, 101}, std::array{3, 2, 1009}, std::array{5, 3, 1}}) {
      check.trials.emplace_back(
          [=, workers = workers, servers = servers, count = static_cast<std::size_t>(count)](const Answer& answer) {
            return right(*world, workers, servers, count, seed, answer.server_step);
          });
    }
    all.push_back(std::move(check));
  }
  all.push_back({.name = "traffic", .points = 20, .trials = {[=](const Answer& answer) {
                                                    return few_bytes(3, 2, 1009, seed, answer.server_step);
                                                  }}});
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    all.push_back({.name = fmt::format("time on cluster {}", number),
                   .points = 10,
                   .trials = {[=](const Answer& answer) { return as_fast(seed, number, answer.server_step); }}});
  }
  return all;
}

}  // namespace

Task server() {
  return {.name = "server",
          .doc = "a synchronous parameter server on one or several servers",
          .is_answered = [](const Answer& answer) { return answer.server_step != nullptr; },
          .checks = checks};
}

}  // namespace tandem::lab::tasks
