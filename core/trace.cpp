#include "core/trace.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace tandem {

Traffic& Traffic::operator+=(const Traffic& other) {
  messages_sent += other.messages_sent;
  bytes_sent += other.bytes_sent;
  messages_received += other.messages_received;
  bytes_received += other.bytes_received;
  bytes_kept += other.bytes_kept;
  return *this;
}

Traffic Traffic::operator*(std::uint64_t times) const {
  return {messages_sent * times, bytes_sent * times, messages_received * times, bytes_received * times,
          bytes_kept * times};
}

void Ledger::add_span(Span span) {
  if (tracing && counting) spans.push_back(std::move(span));
}

std::string chrome_trace(const std::vector<std::vector<Span>>& spans_of_rank) {
  fmt::memory_buffer out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
  for (std::size_t rank = 0; rank < spans_of_rank.size(); ++rank) {
    fmt::format_to(to, R"({{"ph": "M", "name": "process_name", "pid": {0}, "args": {{"name": "rank {0}"}}}})", rank);
    for (const Span& span : spans_of_rank[rank]) {
      fmt::format_to(to,
                     ",\n"
                     R"({{"ph": "X", "name": "{}", "pid": {}, "tid": {}, "ts": {:.3f}, "dur": {:.3f}}})",
                     span.microbatch < 0 ? span.name : fmt::format("{} {}", span.name, span.microbatch), rank,
                     span.stack, span.start_s * 1e6, (span.end_s - span.start_s) * 1e6);
    }
    fmt::format_to(to, "{}\n", rank + 1 < spans_of_rank.size() ? "," : "");
  }
  fmt::format_to(to, "]}}\n");
  return fmt::to_string(out);
}

}  // namespace tandem
