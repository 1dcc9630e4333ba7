// Chrome's trace format with an arrow for each message, from its send to its receive: for ui.perfetto.dev.
#include <fmt/format.h>

#include <iterator>

#include "app/export/format.h"

namespace tandem::formats {
namespace {

std::vector<ExportedFile> write_perfetto(const std::vector<Program>& programs, const std::string&) {
  const std::vector<std::vector<std::uint64_t>> numbers = message_numbers(programs);
  constexpr double kMicro = 1e6;
  fmt::memory_buffer text;
  auto to = std::back_inserter(text);
  fmt::format_to(to, "{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    fmt::format_to(to, R"({{"ph": "M", "pid": {0}, "tid": 0, "name": "process_name", "args": {{"name": "rank {0}"}}}})",
                   rank);
    for (std::size_t i = 0; i < programs[rank].activities.size(); ++i) {
      const Activity& activity = programs[rank].activities[i];
      if (activity.is_withdrawn) continue;
      const double start = activity.start_s * kMicro, duration = (activity.end_s - activity.start_s) * kMicro;
      fmt::format_to(
          to, ",\n{{\"ph\": \"X\", \"pid\": {}, \"tid\": {}, \"name\": \"{}\", \"ts\": {:.3f}, \"dur\": {:.3f}}}", rank,
          activity.stack, activity.name, start, duration);
      if (activity.kind == Activity::Kind::compute) continue;
      const bool sends = activity.kind == Activity::Kind::send;
      const auto from = sends ? static_cast<int>(rank) : activity.peer,
                 into = sends ? activity.peer : static_cast<int>(rank);
      // An arrow leaves the send where it was posted and ends in the receive that it completes.
      fmt::format_to(to,
                     ",\n{{\"ph\": \"{}\", \"pid\": {}, \"tid\": {}, \"cat\": \"message\", \"name\": \"{:.0f} B\", "
                     "\"id\": \"{}-{}-{}\", \"ts\": {:.3f}{}}}",
                     sends ? "s" : "f", rank, activity.stack, activity.bytes, from, into, numbers[rank][i],
                     sends ? start : start + duration, sends ? "" : ", \"bp\": \"e\"");
    }
    fmt::format_to(to, "{}\n", rank + 1 < programs.size() ? "," : "");
  }
  fmt::format_to(to, "]}}\n");
  return {{"", fmt::to_string(text)}};
}

}  // namespace

ExportFormat perfetto() {
  return {.name = "perfetto",
          .doc = "computations and messages with arrows between ranks, for ui.perfetto.dev",
          .of_programs = write_perfetto};
}

}  // namespace tandem::formats
