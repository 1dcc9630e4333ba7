// The command that starts an MPI job.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct Mpirun {
  /// The program of the job's processes, which must know the command `rank`. Empty if the calling program does not know
  /// it and so cannot start a job: a test program, for example, would run all its tests once per rank.
  std::filesystem::path program = {};
  std::string hostfile = {};  ///< the hosts; empty: this one
};

/// mpirun with the options that it needs on small machines and in containers, then the program with `arguments`.
std::vector<std::string> mpirun_line(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments);
/// Throws UsageError naming the line of a hostfile that Open MPI would not understand.
void check_hostfile(const std::string& hostfile);

/// The command as a person would type it.
std::string text_of_command(const std::vector<std::string>& line);

/// "rank 2 was killed by signal 9 (Killed)", from what mpirun has printed of a job; nothing where it names no rank. Of
/// several, the first: mpirun kills the others.
std::optional<std::string> death_of_rank(std::string_view printed);

/// Prints the command on standard error, runs it and returns its exit code, or 128 + the signal that ended it. SIGINT
/// and SIGTERM are passed on to mpirun, which ends its ranks. However it ends, none of its files is left on this host.
/// Throws RunFailed if there is no mpirun, or no program for it to start, or if mpirun, or a rank on this host, is
/// stopped for `timeout_s` and a margin.
int run_mpirun(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments, double timeout_s);

}  // namespace tandem
