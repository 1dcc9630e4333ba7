// What a log of nccl-tests says, from its text or its JSON: runs of one collective each, with ranks, nodes and rows.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/import/input.h"

namespace tandem::formats {

/// A collective of nccl-tests. n ranks, L nodes, S bytes by the program's definition of size.
struct NcclCollective {
  std::string_view program;                                 ///< all_reduce_perf
  std::string_view name;                                    ///< all-reduce
  double (*per_rank)(double n);                             ///< bytes through each rank's link, over S: busbw / algbw
  double (*per_node)(double nodes, double ranks_per_node);  ///< bytes through a node's card each way, over S, at least
  double (*rounds)(double n);  ///< one after the other, in the algorithm that is fastest for the smallest message
};

/// Null for a program that nccl-tests does not have.
const NcclCollective* nccl_collective(std::string_view program);

struct NcclRow {
  std::size_t line = 0;
  double bytes = 0;
  double time_s = 0;  ///< out of place, as are all values
  double algbw_bytes_per_s = 0;
  double busbw_bytes_per_s = 0;
};

struct NcclRun {
  const NcclCollective* collective = nullptr;
  std::string named_by;  ///< how the collective is known
  std::string type;      ///< float, half, ...
  std::size_t ranks = 0;
  std::set<std::string> nodes, devices;
  std::vector<NcclRow> rows;              ///< ascending in bytes
  std::vector<std::string> refused_rows;  ///< a sentence each

  double ranks_per_node() const { return static_cast<double>(ranks) / static_cast<double>(nodes.size()); }
};

/// What both readers end with: rows that contradict themselves or the header are refused, a run without a row is, too.
std::vector<NcclRun> checked(std::vector<NcclRun> runs, const InputFile& input);

}  // namespace tandem::formats
