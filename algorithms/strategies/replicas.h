// Data-parallel replicas of a model that is itself cut among ranks. Each of d replicas has n/d ranks that follow each
// other, so that they share nodes, and computes its part of each batch; then ranks that hold the same part of the model
// sum their gradients.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/job.h"
#include "algorithms/training.h"

namespace tandem {

struct ReplicasOptions {
  int replicas = 1;
};
OptionTable replicas_option();
/// Why there cannot be as many, for people; empty when there can.
std::optional<std::string> refusal_of_replicas(const Job& job);

/// Where a rank of the whole job stands.
struct ReplicaPlace {
  int replicas = 1, ranks = 1;  ///< how many, and the ranks of each
  int replica = 0, rank = 0;    ///< the rank counts in its replica
  std::size_t samples = 0;      ///< that the replica computes of each batch
};
/// One replica of all ranks, where the strategy has no such option.
ReplicaPlace place_of(const Job& job, int rank);

class Replicas {
 public:
  Replicas(const Comm& comm, const Job& job, const Collective& sums);

  const ReplicaPlace& place() const { return place_; }
  /// The ranks of this replica.
  Comm& inside() { return inside_; }
  /// The rows of a batch that it computes.
  std::vector<std::uint32_t> rows(std::size_t step) const;
  void sum(Slice gradients) { sums_.all_reduce.run(across_, gradients); }
  /// The first replica's parameters are the run's. The others are as good, but a rank has only a part to compare.
  Copy copy() const { return place_.replica == 0 ? Copy::owned : Copy::version; }

 private:
  const Job& job_;
  const Collective& sums_;
  ReplicaPlace place_;
  Comm inside_, across_;
};

/// A call of the ranks of one replica, for closed forms.
CallShape shape_inside(const Job& job, std::size_t count);
/// What `rank` sends and receives to sum so many gradients over replicas.
Traffic traffic_across(const Job& job, int rank, std::size_t count, const Collective& sums);

}  // namespace tandem
