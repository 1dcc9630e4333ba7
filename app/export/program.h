// What the ranks of a run did, as activities that depend on each other: the form that simulators replay. It holds no
// times that another network would change, besides those for people who look at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

/// A computation, or one side of a message.
struct Activity {
  enum class Kind { compute, send, receive } kind = Kind::compute;
  std::string name;               ///< for people: "forward 3", "send to 1"
  int stack = 0;                  ///< 0: the rank's own stack; spawned stacks count up
  int peer = -1;                  ///< send, receive
  int tag = 0;                    ///< send, receive
  double bytes = 0;               ///< send, receive: on the wire
  double flops = 0;               ///< compute
  double duration_s = 0;          ///< compute: on the scenario's hosts
  double start_s = 0, end_s = 0;  ///< in the run that was recorded; a message begins when it is posted
  bool is_withdrawn = false;      ///< a message that was cancelled: it counts as never posted
  /// Activities of the same rank, by index, each smaller than this one's, that must be complete before this begins.
  std::vector<std::uint32_t> needs;
};

/// One rank's part. Activities stand in the order in which they began.
struct Program {
  std::vector<Activity> activities;
  int stacks = 1;
};

/// For each rank and activity the number of its message among those from its sender to its receiver, from 0: the same
/// on both sides, so that a replay matches them whatever order it posts them in. 0 for computations. Throws RunFailed
/// where a message has one side only.
std::vector<std::vector<std::uint64_t>> message_numbers(const std::vector<Program>& programs);

}  // namespace tandem
