// SMPI's time-independent traces: OUT lists one file per rank by name, and `smpirun -replay OUT` plays them. Sizes are
// bytes, and computations are flops of hosts of 1 Gflop/s. One process per rank plays them, so a rank has one stack.
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <set>

#include "app/export/format.h"
#include "core/errors.h"

namespace tandem::formats {
namespace {

constexpr double kFlopsOfHost_per_s = 1e9;
/// SMPI's number for MPI_BYTE: without one, sizes count doubles.
constexpr int kByte = 6;

std::string write_rank(int rank, const Program& program, const std::vector<std::uint64_t>& numbers) {
  fmt::memory_buffer text;
  auto to = std::back_inserter(text);
  fmt::format_to(to, "{} init\n", rank);
  std::set<std::uint32_t> open;  // messages that nobody has waited for
  const auto wait = [&](std::uint32_t index) {
    if (open.erase(index) == 0) return;
    const Activity& message = program.activities[index];
    const bool sends = message.kind == Activity::Kind::send;
    fmt::format_to(to, "{} wait {} {} {}\n", rank, sends ? rank : message.peer, sends ? message.peer : rank,
                   numbers[index]);
  };
  for (std::uint32_t i = 0; i < program.activities.size(); ++i) {
    const Activity& activity = program.activities[i];
    if (activity.is_withdrawn) continue;
    for (const std::uint32_t other : activity.needs) wait(other);
    if (activity.kind == Activity::Kind::compute) {
      fmt::format_to(to, "{} compute {:.0f}\n", rank, std::round(activity.duration_s * kFlopsOfHost_per_s));
      continue;
    }
    fmt::format_to(to, "{} {} {} {} {:.0f} {}\n", rank, activity.kind == Activity::Kind::send ? "isend" : "irecv",
                   activity.peer, numbers[i], std::round(activity.bytes), kByte);
    open.insert(i);
  }
  while (!open.empty()) wait(*open.begin());
  fmt::format_to(to, "{} finalize\n", rank);
  return fmt::to_string(text);
}

std::vector<ExportedFile> write_smpi(const std::vector<Program>& programs, const std::string& stem) {
  const std::vector<std::vector<std::uint64_t>> numbers = message_numbers(programs);
  std::vector<ExportedFile> files;
  std::string list;
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    if (programs[rank].stacks > 1) {
      throw RunFailed(
          "a rank has several stacks here (overlap, servers beside workers), and a process of a time-independent trace "
          "has one; GOAL and Chakra can say it");
    }
    const std::string suffix = fmt::format(".{}.txt", rank);
    files.push_back({suffix, write_rank(static_cast<int>(rank), programs[rank], numbers[rank])});
    list += stem + suffix + "\n";
  }
  files.push_back({"", list});
  return files;
}

}  // namespace

ExportFormat smpi_ti() {
  return {.name = "smpi-ti",
          .doc = "time-independent traces, one file per rank, for smpirun -replay",
          .of_programs = write_smpi};
}

}  // namespace tandem::formats
