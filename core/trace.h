// What one rank did, when: the source of ranks.csv and of trace.json (Chrome's and Perfetto's format).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

/// Payload traffic of one rank: what the closed forms of docs/algorithms.md are compared with.
struct Traffic {
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_kept = 0;  ///< part of bytes_sent that went to the rank itself, so over no wire

  Traffic& operator+=(const Traffic& other);
  Traffic operator*(std::uint64_t times) const;
  bool operator==(const Traffic&) const = default;
};

struct Span {
  std::string name;
  int stack = 0;  ///< 0: the rank's own stack; spawned stacks count up
  double start_s = 0;
  double end_s = 0;
  // Of a computation, as its Work states them.
  int microbatch = -1;
  int chunk = 0;
};

/// What one stack counts while `counting`: the training loop, not set-up and not evaluation.
struct Ledger {
  bool counting = false;
  bool tracing = false;
  Traffic traffic;
  double compute_s = 0;
  double communication_s = 0;  ///< blocked while an awaited transfer was moving; blocked before that is idle
  std::vector<Span> spans;     ///< filled only while tracing

  void add_span(Span span);
};

/// Chrome's trace format, one process a rank and one thread a stack. Open it at ui.perfetto.dev.
std::string chrome_trace(const std::vector<std::vector<Span>>& spans_of_rank);

}  // namespace tandem
