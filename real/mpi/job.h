// The MPI job that this process is part of, and waiting in it without using up a core.
#pragma once

#include <mpi.h>

#include <string>

namespace tandem::mpi {

/// Joins the job at the first call; the job is left when the process exits. Throws RunFailed where MPI does not allow
/// calls from several threads, one at a time.
void join_job();
int process_number();
int process_count();

/// After an error MPI promises nothing: prints what failed and ends the job.
void check(int code, const char* call);
/// Prints the text and ends every process of the job.
[[noreturn]] void abort_job(const std::string& why);

/// How long to sleep after `idle_s` without progress: first not at all, then a fraction of it.
double nap_s(double idle_s);
/// Waits as long as it takes.
void wait_patiently(MPI_Request& request);

/// All processes call it. Returns when all have come; after `timeout_s` the job ends with the names of those missing.
void meet(double timeout_s);

/// The first `ranks` processes in a communicator of their own; in the others it is MPI_COMM_NULL. All processes call
/// it.
class Group {
 public:
  explicit Group(int ranks);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  bool has_this_process() const { return communicator_ != MPI_COMM_NULL; }
  MPI_Comm communicator() const { return communicator_; }

 private:
  MPI_Comm communicator_ = MPI_COMM_NULL;
};

}  // namespace tandem::mpi
