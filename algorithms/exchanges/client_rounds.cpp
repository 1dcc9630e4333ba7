#include "algorithms/exchanges/client_rounds.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"
#include "core/rng.h"

namespace tandem {

OptionTable fedavg_options() {
  return option_table<FedAvgOptions>(
      Mapping<FedAvgOptions>().key("fraction", &FedAvgOptions::fraction, number(above(0, 1)),
                                   "of the workers that are drawn for a round, at least one"),
      +[](const FedAvgOptions& options) { return fmt::format("C={:g}", options.fraction); });
}

std::size_t rounds_of(const Job& job) { return (job.steps + period_of(job) - 1) / period_of(job); }

Range steps_of_round(const Job& job, std::size_t round) {
  const std::size_t first = round * period_of(job);
  return {first, std::min(first + period_of(job), job.steps)};
}

std::vector<std::size_t> clients_of(const Job& job, std::size_t round) {
  if (round >= rounds_of(job)) return {};
  const auto all = static_cast<std::size_t>(job.workers);
  const auto drawn = static_cast<std::size_t>(std::lround(job.strategy.get<FedAvgOptions>().fraction * job.workers));
  return draw_distinct(std::max<std::size_t>(drawn, 1), all, keyed_stream(job.seed, Purpose::clients, 0, round));
}

bool is_client(const Job& job, int worker, std::size_t round) {
  const std::vector<std::size_t> clients = clients_of(job, round);
  return std::binary_search(clients.begin(), clients.end(), static_cast<std::size_t>(worker));
}

std::vector<double> shares_of(const Job& job, const std::vector<std::size_t>& clients, std::size_t round) {
  const Range steps = steps_of_round(job, round);
  std::vector<double> shares;
  for (const std::size_t client : clients) {
    std::size_t samples = 0;
    for (std::size_t step = steps.begin; step < steps.end; ++step) {
      samples += job.batches.part_size(step, static_cast<int>(client));
    }
    shares.push_back(static_cast<double>(samples));
  }
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share = all > 0 ? share / all : 1 / static_cast<double>(clients.size());
  return shares;
}

}  // namespace tandem
