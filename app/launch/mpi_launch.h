// A run as an MPI job of its own: the order that its processes read, and the mpirun that starts them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/run/execute.h"
#include "app/run/prepare.h"

namespace tandem {

/// mpirun with what it needs on small machines and in containers, then this program with `arguments`.
std::vector<std::string> mpirun_line(int processes, const std::string& hostfile,
                                     const std::vector<std::string>& arguments);
/// The one for a run: its processes read their order from the run's directory.
std::vector<std::string> mpirun_line(const Run& run);
/// As a person would type it.
std::string text_of_command(const std::vector<std::string>& line);

/// Defined by a program whose main hands the command `rank` to rank_command. mpirun starts the calling program again:
/// one that would do something else then (a test program: all its tests) must not get that far.
[[gnu::weak]] extern const bool kKnowsTheRankCommand;

/// This process becomes that program. Throws RunFailed if there is no such program, or if this one cannot be a rank.
[[noreturn]] void become(const std::vector<std::string>& line);

/// Writes the order for the run's processes into its directory.
void write_order(const Run& run);

/// That run, ready: data loaded, everything checked. Throws UsageError where it cannot be read.
Prepared read_order(const std::filesystem::path& directory);

}  // namespace tandem
