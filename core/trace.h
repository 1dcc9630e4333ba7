// What one rank did and when: the source of ranks.csv and of trace.json (the format of Chrome and Perfetto).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

/// The payload traffic of one rank, which is compared with the closed forms of docs/algorithms.md.
struct Traffic {
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_kept = 0;  ///< those of bytes_sent that the rank sent to itself, so not over the network

  Traffic& operator+=(const Traffic& other);
  Traffic operator*(std::uint64_t times) const;
  bool operator==(const Traffic&) const = default;
};

struct Span {
  std::string name;
  int stack = 0;  ///< 0: the rank's own stack; spawned stacks count up
  double start_s = 0;
  double end_s = 0;
  // A computation has these as its Work states them.
  int microbatch = -1;
  int chunk = 0;
};

/// The counts of one stack while `counting`: during the training loop, not in set-up or evaluation.
struct Ledger {
  bool counting = false;
  bool tracing = false;
  Traffic traffic;
  double compute_s = 0;
  double communication_s = 0;  ///< blocked while an awaited transfer was moving; time blocked before that is idle
  std::vector<Span> spans;     ///< filled only while tracing

  void add_span(Span span);
};

/// Chrome's trace format, with one process per rank and one thread per stack. Open it at ui.perfetto.dev.
std::string chrome_trace(const std::vector<std::vector<Span>>& spans_of_rank);

}  // namespace tandem
