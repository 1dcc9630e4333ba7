// Which clients take part in which round of federated averaging.
#pragma once

#include <vector>

#include "algorithms/job.h"

namespace tandem {

struct FedAvgOptions {
  double fraction = 0.5;
};
OptionTable fedavg_options();

/// Rounds of `period` steps, of which the last may be shorter.
std::size_t rounds_of(const Job& job);
/// The steps of a round.
Range steps_of_round(const Job& job, std::size_t round);
/// The round's clients, in ascending order; none after the last round.
std::vector<std::size_t> clients_of(const Job& job, std::size_t round);
bool is_client(const Job& job, int worker, std::size_t round);
/// The share that each of these clients has of the samples that all of them see in the round.
std::vector<double> shares_of(const Job& job, const std::vector<std::size_t>& clients, std::size_t round);

}  // namespace tandem
