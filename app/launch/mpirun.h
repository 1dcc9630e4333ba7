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
  std::string hostfile = {};   ///< the hosts; empty: this one
  bool has_rank_here = false;  ///< with a hostfile: one is on this host, or the job is about to end
};

/// mpirun with the options that it needs on small machines and in containers, then the program with `arguments`.
std::vector<std::string> mpirun_line(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments);

/// The command as a person would type it.
std::string text_of_command(const std::vector<std::string>& line);

struct DeadRank {
  int rank = -1;
  std::string text;  ///< "rank 2 was killed by signal 9 (Killed)"
};

/// The rank that mpirun names in what it has printed of a job; nothing where it names none. Where it names several, the
/// first: mpirun kills the others.
std::optional<DeadRank> death_of_rank(std::string_view printed);

struct MpirunEnd {
  int code = 0;                   ///< its exit code, or 128 + the signal that ended it
  bool was_asked_to_end = false;  ///< by SIGINT or SIGTERM to this process
};

/// Prints the command on standard error, and runs it. SIGINT and SIGTERM are passed on to mpirun, which ends its ranks.
/// However it ends, none of its files is left on this host. Throws RunFailed if there is no mpirun, or no program for
/// it to start, and RankLost if mpirun is killed, or it or a rank on this host is stopped for `timeout_s` and a margin.
MpirunEnd run_mpirun(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments, double timeout_s);

}  // namespace tandem
