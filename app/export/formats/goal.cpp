// GOAL, the schedules that LogGOPSim reads: calculations in nanoseconds, sends and receives in bytes, and what requires
// what. All stacks of a rank share one processor, because LogGOPSim lets nothing wait for what another processor of the
// rank does. (Hoefler, Siebert, Lumsdaine 2009, "Group operation assembly language".)
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "app/export/format.h"

namespace tandem::formats {
namespace {

std::vector<ExportedFile> write_goal(const std::vector<Program>& programs, const std::string&) {
  const std::vector<std::vector<std::uint64_t>> numbers = message_numbers(programs);
  fmt::memory_buffer text;
  auto to = std::back_inserter(text);
  fmt::format_to(to, "num_ranks {}\n", programs.size());
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    fmt::format_to(to, "\nrank {} {{\n", rank);
    const std::vector<Activity>& activities = programs[rank].activities;
    for (std::size_t i = 0; i < activities.size(); ++i) {
      const Activity& activity = activities[i];
      if (activity.is_withdrawn) continue;
      const double bytes = std::max(1.0, std::round(activity.bytes));  // a message without values is one of one byte
      switch (activity.kind) {
        case Activity::Kind::compute:
          fmt::format_to(to, "l{}: calc {:.0f}", i, std::round(activity.duration_s * 1e9));
          break;
        case Activity::Kind::send:
          fmt::format_to(to, "l{}: send {:.0f}b to {} tag {}", i, bytes, activity.peer, numbers[rank][i]);
          break;
        case Activity::Kind::receive:
          fmt::format_to(to, "l{}: recv {:.0f}b from {} tag {}", i, bytes, activity.peer, numbers[rank][i]);
          break;
      }
      fmt::format_to(to, "\n");
      for (const std::uint32_t other : activity.needs) fmt::format_to(to, "l{} requires l{}\n", i, other);
    }
    fmt::format_to(to, "}}\n");
  }
  return {{"", fmt::to_string(text)}};
}

}  // namespace

ExportFormat goal() {
  return {.name = "goal", .doc = "schedules of calculations and messages, for LogGOPSim", .of_programs = write_goal};
}

}  // namespace tandem::formats
