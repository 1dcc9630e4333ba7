#include "real/mpi/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "real/first_few.h"
#include "real/mpi/world.h"

#ifdef __SANITIZE_ADDRESS__
// Open MPI does not free all its memory, and the components that allocated it are unloaded by then, so that no
// suppression can name them. So leaks are reported in every process but those of an MPI job.
extern "C" int __lsan_is_turned_off() {
  int is_job = 0;
  MPI_Initialized(&is_job);
  return is_job;
}
#endif

namespace tandem::mpi {
namespace {

using Clock = std::chrono::steady_clock;

// A hop between two spinning ranks takes a microsecond, one to a sleeping rank some 60.
constexpr double kSpin_s = 100e-6;
// A sleep lengthens a wait by at most this part of it and the timer's slack.
constexpr double kSleepPart = 0.1;
constexpr double kLongestSleep_s = 1e-3;
constexpr double kGrace_s = 10;  // for the other processes to end, once process 0 has
// Tags in MPI_COMM_WORLD; they are high, so as not to meet those of tests that use it, too.
constexpr int kArrivalTag = 32001;
constexpr int kLeavingTag = 32002;
constexpr int kAgreementTag = 32003;
// MPI_Init takes a second, and more on a busy machine. A process whose rank failed needs some seconds to end it.
constexpr double kMarginOverInit_s = 10;
constexpr double kMarginOverRuns_s = 8;

double seconds_since(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

void sleep_or_yield(Clock::time_point since) {
  const double pause_s = sleep_after_s(seconds_since(since));
  if (pause_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
  if (pause_s == 0) std::this_thread::yield();
}

std::string missing_processes(const std::vector<MPI_Request>& requests) {
  std::vector<int> missing;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i] != MPI_REQUEST_NULL) missing.push_back(static_cast<int>(i) + 1);
  }
  return real::first_few(missing);
}

// Every other process sends process 0 an empty message. Process 0 waits for all of them, or aborts the job.
void gather(int tag, double timeout_s, const char* where) {
  if (process_number() != 0) {
    check(MPI_Send(nullptr, 0, MPI_BYTE, 0, tag, MPI_COMM_WORLD), "MPI_Send");
    return;
  }
  std::vector<MPI_Request> requests(static_cast<std::size_t>(process_count() - 1));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const int from = static_cast<int>(i) + 1;
    check(MPI_Irecv(nullptr, 0, MPI_BYTE, from, tag, MPI_COMM_WORLD, &requests[i]), "MPI_Irecv");
  }
  const Clock::time_point since = Clock::now();
  for (;;) {
    int all_came = 0;
    check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &all_came, MPI_STATUSES_IGNORE),
          "MPI_Testall");
    if (all_came != 0) return;
    if (seconds_since(since) > timeout_s) break;
    sleep_or_yield(since);
  }
  for (MPI_Request& request : requests) {
    int came = 0;
    check(MPI_Test(&request, &came, MPI_STATUS_IGNORE), "MPI_Test");
  }
  abort_job(fmt::format("after {:g} s these processes have not come to {}: {}", timeout_s, where,
                        missing_processes(requests)));
}

// Process 0 tells the others when all may leave. No process may be in MPI_Finalize while another still runs and may
// abort the job: Open MPI 4.1's mpirun often hangs then.
void leave_job() {
  gather(kLeavingTag, kGrace_s, "the end of the job");
  if (process_number() != 0) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(nullptr, 0, MPI_BYTE, 0, kLeavingTag, MPI_COMM_WORLD, &request), "MPI_Irecv");
    wait_for(request);
  } else {
    for (int process = 1; process < process_count(); ++process) {
      check(MPI_Send(nullptr, 0, MPI_BYTE, process, kLeavingTag, MPI_COMM_WORLD), "MPI_Send");
    }
  }
  MPI_Finalize();
}

}  // namespace

namespace {

/// Ends this process unless it is destroyed in time. MPI_Init itself has no time limit, and no way to be ended.
class InitWatch {
 public:
  explicit InitWatch(double limit_s)
      : thread_([this, limit_s] {
          std::unique_lock lock(mutex_);
          if (over_.wait_for(lock, std::chrono::duration<double>(limit_s), [this] { return is_over_; })) return;
          fmt::print(stderr, "tandem: not all processes of the MPI job came to MPI_Init within {:g} s\n", limit_s);
          std::fflush(nullptr);
          std::_Exit(EXIT_FAILURE);
        }) {}
  ~InitWatch() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    over_.notify_one();
    thread_.join();
  }
  InitWatch(const InitWatch&) = delete;
  InitWatch& operator=(const InitWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace

void join_job(double timeout_s) {
  int is_initialized = 0;
  MPI_Initialized(&is_initialized);
  if (is_initialized != 0) return;
  const InitWatch watch(timeout_s + kMarginOverInit_s);
  // Several stacks call MPI, but one at a time. MPI_THREAD_MULTIPLE would cost time and is not needed.
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  std::atexit(leave_job);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (provided < MPI_THREAD_SERIALIZED) {
    throw RunFailed("this MPI library allows calls from one thread only; the mpi world needs MPI_THREAD_SERIALIZED");
  }
}

int process_number() {
  int number = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &number);
  return number;
}

int process_count() {
  int count = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return count;
}

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(code, text, &length);
  abort_job(fmt::format("{} failed: {}", call, text));
}

void abort_job(const std::string& why) {
  fmt::print(stderr, "tandem: MPI process {}: {}\n", process_number(), why);
  std::fflush(nullptr);
  MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  std::abort();
}

double sleep_after_s(double idle_s) { return idle_s < kSpin_s ? 0 : std::min(idle_s * kSleepPart, kLongestSleep_s); }

void wait_for(MPI_Request& request, double timeout_s) {
  const Clock::time_point since = Clock::now();
  for (;;) {
    int is_complete = 0;
    check(MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE), "MPI_Test");
    if (is_complete != 0) return;
    if (seconds_since(since) > timeout_s) abort_job(fmt::format("some process stopped for {:g} s", timeout_s));
    sleep_or_yield(since);
  }
}

void wait_for_all(double timeout_s) { gather(kArrivalTag, timeout_s, "the run"); }

Group::Group(int ranks) {
  const int number = process_number();
  check(MPI_Comm_split(MPI_COMM_WORLD, number < ranks ? 0 : MPI_UNDEFINED, number, &communicator_), "MPI_Comm_split");
}

Group::~Group() {
  if (has_this_process()) MPI_Comm_free(&communicator_);
}

Place place(double timeout_s) {
  join_job(timeout_s);
  return {process_number(), process_count()};
}

std::string first_error(const std::string& mine, double timeout_s) {
  join_job(timeout_s);
  gather(kAgreementTag, timeout_s + kMarginOverRuns_s, "an agreement");
  const bool is_first = process_number() == 0;
  const double limit_s = is_first ? timeout_s + kMarginOverRuns_s : std::numeric_limits<double>::infinity();
  const int nobody = process_count();
  const int candidate = mine.empty() ? nobody : process_number();
  int first = nobody;
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallreduce(&candidate, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request), "MPI_Iallreduce");
  wait_for(request, limit_s);
  if (first == nobody) return {};
  std::string text = mine;
  unsigned long length = text.size();
  check(MPI_Ibcast(&length, 1, MPI_UNSIGNED_LONG, first, MPI_COMM_WORLD, &request), "MPI_Ibcast");
  wait_for(request, limit_s);
  text.resize(length);
  check(MPI_Ibcast(text.data(), static_cast<int>(length), MPI_CHAR, first, MPI_COMM_WORLD, &request), "MPI_Ibcast");
  wait_for(request, limit_s);
  return text;
}

}  // namespace tandem::mpi
