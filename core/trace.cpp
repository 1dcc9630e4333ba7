#include "core/trace.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "core/message_span.h"

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

namespace {

constexpr double kMicro = 1e6;

/// Both ends of a message get one number: the n-th of its sender, receiver and tag.
class MessageNumbers {
 public:
  std::string of(int rank, const MessageEnd& end) {
    const auto who = end.is_send ? std::tuple(rank, end.peer, end.tag) : std::tuple(end.peer, rank, end.tag);
    const std::uint64_t number = counts_[{end.is_send, who}]++;
    return fmt::format("{}-{}-{}-{}", std::get<0>(who), std::get<1>(who), end.tag, number);
  }

 private:
  std::map<std::pair<bool, std::tuple<int, int, int>>, std::uint64_t> counts_;
};

/// An arrow leaves its sender when the transfer begins, and ends in the wait that it ends.
std::string arrow_end(int rank, const Span& span, const MessageEnd& end, MessageNumbers& numbers) {
  return fmt::format(
      R"({{"ph": "{}", "pid": {}, "tid": {}, "cat": "message", "name": "{} B", "id": "{}", "ts": {:.3f}{}}})",
      end.is_send ? "s" : "f", rank, span.stack, end.bytes, numbers.of(rank, end),
      (end.is_send ? span.start_s : span.end_s) * kMicro, end.is_send ? "" : R"(, "bp": "e")");
}

std::string bar(int rank, const Span& span) {
  return fmt::format(R"({{"ph": "X", "name": "{}", "pid": {}, "tid": {}, "ts": {:.3f}, "dur": {:.3f}}})",
                     span.microbatch < 0 ? span.name : fmt::format("{} {}", span.name, span.microbatch), rank,
                     span.stack, span.start_s * kMicro, (span.end_s - span.start_s) * kMicro);
}

}  // namespace

std::string chrome_trace(const std::vector<std::vector<Span>>& spans_of_rank) {
  fmt::memory_buffer out;
  auto to = std::back_inserter(out);
  MessageNumbers numbers;
  fmt::format_to(to, "{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
  for (std::size_t rank = 0; rank < spans_of_rank.size(); ++rank) {
    const int number = static_cast<int>(rank);
    fmt::format_to(to, R"({{"ph": "M", "name": "process_name", "pid": {0}, "args": {{"name": "rank {0}"}}}})", rank);
    for (const Span& span : spans_of_rank[rank]) {
      const std::optional<MessageEnd> message = message_of(span.name);
      fmt::format_to(to, ",\n{}", message ? arrow_end(number, span, *message, numbers) : bar(number, span));
    }
    fmt::format_to(to, "{}\n", rank + 1 < spans_of_rank.size() ? "," : "");
  }
  fmt::format_to(to, "]}}\n");
  return fmt::to_string(out);
}

}  // namespace tandem
