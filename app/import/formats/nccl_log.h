// What a log of nccl-tests says, from its text or its JSON: runs of one collective each, with ranks, nodes and rows.
#pragma once

#include <cstddef>
#include <optional>
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

/// Text or JSON, as the file is. Throws ScenarioError with file:line.
std::vector<NcclRun> read_nccl_log(const InputFile& input);

/// What each further byte costs, between the largest row and the largest of at most a quarter of its size: there
/// neither latency nor the noise of one row counts for much.
double seconds_per_byte(const NcclRun& run);
/// What a message without bytes would take; nullopt where even the smallest is mostly bytes.
std::optional<double> alpha_s(const NcclRun& run);
/// A larger message that takes less time, or more than its bytes explain: another algorithm or protocol begins there.
std::vector<std::string> jumps_of(const NcclRun& run);

}  // namespace tandem::formats
