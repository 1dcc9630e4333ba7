// Whether the times in a log of nccl-tests can be those of the cluster that a scenario states.
#pragma once

#include <string>
#include <vector>

#include "app/import/formats/nccl_log.h"
#include "core/cluster.h"

namespace tandem {

enum class Sanity {
  sane,
  low,        ///< the links could carry much more
  impossible  ///< faster than the links can be
};

/// A row of the log beside what formulas say.
struct JudgedRow {
  double bytes = 0, time_s = 0;
  double least_s = 0;  ///< no algorithm is faster whose ranks do the sums: bytes through the busiest link, one latency
  double ring_s = 0;   ///< a flat ring, at the stated rates
  /// How busy the link is on which the least is counted: a node's card each way, or a rank's link inside a node.
  double share() const { return least_s / time_s; }
  bool is_impossible() const;
};

struct JudgedRun {
  Sanity sanity = Sanity::sane;
  std::vector<JudgedRow> rows;
  std::vector<std::string> sentences;  ///< the verdict and its reasons
};

/// `cluster` states links and latencies; ranks and nodes are the log's.
JudgedRun judge(const formats::NcclRun& run, const Cluster& cluster);

}  // namespace tandem
