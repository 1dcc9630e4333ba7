// Ring all-reduce: right sums, no byte too many, and no slower than the shipped ring.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "app/lab/in_world.h"
#include "app/lab/tasks/all_reduce_checks.h"

namespace tandem::lab::tasks {
namespace {

Found few_bytes(int ranks, std::size_t count, std::uint64_t seed, void (*all_reduce)(Comm&, Slice)) {
  const auto& closed_form = collective_named("ring").all_reduce.traffic;
  const std::vector<RankFound> found =
      in_world(*lab_worlds().front(), ranks, Cluster{.workers = ranks},
               [&](Comm& comm) { return all_reduced_once(comm, all_reduce, count, seed); });
  std::uint64_t most = 0, bound = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    most = std::max(most, found[static_cast<std::size_t>(rank)].traffic.bytes_sent);
    bound = std::max(bound, closed_form({.size = ranks, .count = count}, rank).bytes_sent);
  }
  return {
      .holds = most <= bound,
      .text = fmt::format("{} ranks, {} B: {} B per rank, the bound is {} B", ranks, value_bytes(count), most, bound)};
}

Found as_fast(std::uint64_t seed, std::uint64_t number, void (*all_reduce)(Comm&, Slice)) {
  constexpr double kLeast = 1000, kMost = 200'000, kSlower = 1.05;
  constexpr std::uint64_t kSize = 10;
  const Cluster cluster = drawn_cluster(seed, number);
  const auto count = static_cast<std::size_t>(drawn(seed, number, kSize, kLeast, kMost));
  const std::vector<RankFound> found = in_world(*lab_worlds().front(), cluster.workers, cluster, [&](Comm& comm) {
    RankFound mine = all_reduced_once(comm, all_reduce, count, seed);
    mine.reference_s = all_reduced_once(comm, collective_named("ring").all_reduce.run, count, seed).time_s;
    return mine;
  });
  return no_slower(fmt::format("{}, {} B", text_of(cluster), value_bytes(count)), slowest_s(found),
                   slowest_reference_s(found), kSlower);
}

std::vector<Check> checks(std::uint64_t seed) {
  std::vector<Check> all = sum_checks(seed, {20, 15, 15});
  Check traffic{.name = "traffic", .points = 20};
  for (const auto& [ranks, count] : {std::pair{2, 1000}, std::pair{5, 1003}, std::pair{8, 4096}}) {
    traffic.trials.emplace_back([=, ranks = ranks, count = static_cast<std::size_t>(count)](const Answer& answer) {
      return few_bytes(ranks, count, seed, answer.all_reduce);
    });
  }
  all.push_back(std::move(traffic));
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    all.push_back({.name = fmt::format("time on cluster {}", number),
                   .points = 10,
                   .trials = {[=](const Answer& answer) { return as_fast(seed, number, answer.all_reduce); }}});
  }
  return all;
}

}  // namespace

Task ring() {
  return {.name = "ring",
          .doc = "a ring all-reduce: every rank ends with the sum, and sends no byte too many",
          .is_answered = [](const Answer& answer) { return answer.all_reduce != nullptr; },
          .checks = checks};
}

}  // namespace tandem::lab::tasks
