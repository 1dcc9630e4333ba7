// The command that starts an MPI job.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tandem {

struct Mpirun {
  /// What the job's processes run: a program that knows the command `rank`. Empty: the calling program does not know
  /// it, and cannot start a job. A test program would run all its tests once per rank.
  std::filesystem::path program = {};
  std::string hostfile = {};  ///< the hosts; empty: this one
};

/// mpirun with what it needs on small machines and in containers, then the program with `arguments`.
std::vector<std::string> mpirun_line(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments);
/// Throws UsageError naming the line of a hostfile that Open MPI would not understand.
void check_hostfile(const std::string& hostfile);

/// As a person would type it.
std::string text_of_command(const std::vector<std::string>& line);

/// This process prints that line on standard error and becomes mpirun. Throws RunFailed if there is no mpirun, or no
/// program for it to start.
[[noreturn]] void become_mpirun(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments);

}  // namespace tandem
