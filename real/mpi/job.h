// The MPI job that this process is part of, and ways to wait in it that leave the core to others.
#pragma once

#include <mpi.h>

#include <limits>
#include <string>

namespace tandem::mpi {

/// Joins the job at the first call; the process leaves it when it exits. Where the others have not come to MPI_Init
/// within `timeout_s` and a margin, it says so and ends this process, and so the job. Throws RunFailed where MPI does
/// not allow several threads to call it one at a time.
void join_job(double timeout_s);
int process_number();
int process_count();

/// Aborts the job with the name of the call, if `code` is an error: after one, MPI guarantees nothing.
void check(int code, const char* call);
/// Prints the text and ends every process of the job.
[[noreturn]] void abort_job(const std::string& why);

/// How long to sleep after `idle_s` without progress: at first not at all, later a fraction of it.
double sleep_after_s(double idle_s);
/// Waits until the deadline, and then aborts the job; by default without a time limit.
void wait_for(MPI_Request& request, double timeout_s = std::numeric_limits<double>::infinity());

/// All processes call it. In process 0 it returns when all have called it; after `timeout_s` process 0 aborts the job
/// with the numbers of those missing.
void wait_for_all(double timeout_s);

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
