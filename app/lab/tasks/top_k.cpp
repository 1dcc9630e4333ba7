// Top-k with error feedback: the right entries, nothing lost, few bytes, and no slower than a ring of pairs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "app/lab/in_world.h"
#include "core/counted.h"

namespace tandem::lab::tasks {
namespace {

using Exchange = decltype(Answer::exchange);
constexpr std::size_t kPairBytes = 8;  // an index and a value
constexpr int kSteps = 3;

// Whole numbers, so that sums are exact.
float value_of(std::uint64_t seed, int rank, std::size_t i, std::size_t count, int step) {
  const std::size_t place = (i * 7919 + seed + static_cast<std::size_t>(rank + 11 * step)) % count;
  const float magnitude = static_cast<float>(place + 1) * 16;
  return (place + static_cast<std::size_t>(rank)) % 2 == 0 ? magnitude : -magnitude;
}

/// What one rank chooses of gradient + residual, and what it keeps. Among equal magnitudes the first is chosen.
std::vector<float> chosen(std::span<const float> gradient, std::span<float> residual, std::size_t k) {
  std::vector<std::size_t> order(gradient.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = 0; i < residual.size(); ++i) residual[i] += gradient[i];
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(residual[a]) > std::abs(residual[b]); });
  std::vector<float> sent(gradient.size());
  for (std::size_t i = 0; i < std::min(k, order.size()); ++i) std::swap(sent[order[i]], residual[order[i]]);
  return sent;
}

// Every rank knows what every rank has: the oracle computes all of them.
RankFound few_steps(Comm& comm, Exchange exchange, std::size_t count, std::size_t k, std::uint64_t seed) {
  std::vector<std::vector<float>> residuals(static_cast<std::size_t>(comm.size()), std::vector<float>(count));
  std::vector<float> residual(count);
  RankFound found{.of = static_cast<std::int64_t>(count)};
  for (int step = 0; step < kSteps; ++step) {
    std::vector<float> gradient(count), sum(count);
    for (int rank = 0; rank < comm.size(); ++rank) {
      for (std::size_t i = 0; i < count; ++i) gradient[i] = value_of(seed, rank, i, count, step);
      const std::vector<float> sent = chosen(gradient, residuals[static_cast<std::size_t>(rank)], k);
      for (std::size_t i = 0; i < count; ++i) sum[i] += sent[i];
    }
    for (std::size_t i = 0; i < count; ++i) gradient[i] = value_of(seed, comm.rank(), i, count, step);
    const Measured measure = measured(comm, [&](Comm& own) { exchange(own, gradient, residual, k); });
    found.traffic += measure.traffic;
    found.time_s += measure.time_s;
    for (std::size_t i = 0; i < count; ++i) {
      if (gradient[i] != sum[i]) ++found.wrong;
      if (residual[i] != residuals[static_cast<std::size_t>(comm.rank())][i]) ++found.wrong;
    }
  }
  return found;
}

Found right(const World& world, int ranks, std::size_t count, std::size_t k, std::uint64_t seed, Exchange exchange) {
  const std::vector<RankFound> found = in_world(world, ranks, Cluster{.workers = ranks},
                                                [&](Comm& comm) { return few_steps(comm, exchange, count, k, seed); });
  for (std::size_t rank = 0; rank < found.size(); ++rank) {
    if (found[rank].wrong == 0) continue;
    return {.text = fmt::format("{}, {} of {} values, {} steps: {} values of rank {} (sums and residuals) are wrong",
                                counted(ranks, "rank"), k, count, kSteps, found[rank].wrong, rank)};
  }
  return {.holds = true, .text = "sums and residuals are right, step by step"};
}

Found few_bytes(int ranks, std::size_t count, std::size_t k, std::uint64_t seed, Exchange exchange) {
  const std::vector<RankFound> found = in_world(*lab_worlds().front(), ranks, Cluster{.workers = ranks},
                                                [&](Comm& comm) { return few_steps(comm, exchange, count, k, seed); });
  std::uint64_t most = 0;
  for (const RankFound& rank : found) most = std::max(most, rank.traffic.bytes_sent / kSteps);
  const std::uint64_t bound = static_cast<std::uint64_t>(ranks - 1) * k * kPairBytes;
  return {.holds = most <= bound,
          .text = fmt::format("{} ranks, {} of {} values: {} B per rank and step, the bound is {} B", ranks, k, count,
                              most, bound)};
}

// The reference: every rank's pairs go around a ring, n-1 rounds of one message.
Found as_fast(std::uint64_t seed, std::uint64_t number, Exchange exchange) {
  constexpr double kSlower = 1.05;
  constexpr std::size_t kCount = 20'000;
  const Cluster cluster = drawn_cluster(seed, number);
  const auto k = static_cast<std::size_t>(drawn(seed, number, 12, 10, 2000));
  const std::vector<RankFound> found = in_world(*lab_worlds().front(), cluster.workers, cluster,
                                                [&](Comm& comm) { return few_steps(comm, exchange, kCount, k, seed); });
  const double message_s =
      cluster.network.latency_s + static_cast<double>(k * kPairBytes) / cluster.network.bandwidth_bytes_per_s;
  // Ranks leave the barrier before a step up to a few latencies apart.
  const double barrier_s = 4 * cluster.network.latency_s;
  return no_slower(fmt::format("{}, {} of {} values", text_of(cluster), k, kCount), slowest_s(found) / kSteps,
                   (cluster.workers - 1) * message_s + barrier_s, kSlower);
}

std::vector<Check> checks(std::uint64_t seed) {
  std::vector<Check> all;
  for (const World* world : lab_worlds()) {
    Check check{.name = fmt::format("sums in {}", world->name), .points = all.empty() ? 20 : 15};
    for (const auto& [ranks, count, k] :
         {std::array{1, 10, 3}, std::array{2, 7, 7}, std::array{3, 101, 1}, std::array{5, 1009, 50}}) {
      check.trials.emplace_back([=, ranks = ranks, count = static_cast<std::size_t>(count),
                                 k = static_cast<std::size_t>(k)](const Answer& answer) {
        return right(*world, ranks, count, k, seed, answer.exchange);
      });
    }
    all.push_back(std::move(check));
  }
  all.push_back({.name = "traffic", .points = 20, .trials = {[=](const Answer& answer) {
                                                    return few_bytes(5, 1009, 50, seed, answer.exchange);
                                                  }}});
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    all.push_back({.name = fmt::format("time on cluster {}", number),
                   .points = 10,
                   .trials = {[=](const Answer& answer) { return as_fast(seed, number, answer.exchange); }}});
  }
  return all;
}

}  // namespace

Task top_k() {
  return {.name = "top-k",
          .doc = "top-k compression with error feedback: the largest entries travel, the rest waits",
          .is_answered = [](const Answer& answer) { return answer.exchange != nullptr; },
          .checks = checks};
}

}  // namespace tandem::lab::tasks
