#include "real/tcp/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <limits>
#include <utility>

#include "core/errors.h"

namespace tandem::tcp {
namespace {

constexpr std::size_t kLongestCause = 3000;  // a report fits into a pipe: writing it never waits

// The wrapper of glibc 2.36 cannot be linked from C++.
int open_process(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

double monotonic_s() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

std::string name_signal(int signal) { return fmt::format("signal {} ({})", signal, strsignal(signal)); }

// What would be written twice otherwise: once by each process.
void flush_output() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(nullptr);
}

void write_report(int pipe, const Ending& ending) {
  std::string report(1, static_cast<char>(ending.kind));
  report.append(reinterpret_cast<const char*>(&ending.time_s), sizeof ending.time_s);
  report.append(ending.cause, 0, kLongestCause);
  if (::write(pipe, report.data(), report.size()) < 0) std::perror("tandem: report of a rank");
}

std::optional<Ending> read_report(int pipe) {
  char bytes[1 + sizeof(double) + kLongestCause];
  const ssize_t got = ::read(pipe, bytes, sizeof bytes);
  if (got < static_cast<ssize_t>(1 + sizeof(double))) return std::nullopt;
  Ending ending;
  ending.kind = static_cast<Ending::Kind>(bytes[0]);
  std::memcpy(&ending.time_s, bytes + 1, sizeof ending.time_s);
  ending.cause.assign(bytes + 1 + sizeof(double), bytes + got);
  return ending;
}

std::string describe_exit(int rank, int status) {
  if (WIFSIGNALED(status)) return fmt::format("rank {} was killed by {}", rank, name_signal(WTERMSIG(status)));
  return fmt::format("rank {} exited with code {} before its end", rank, WEXITSTATUS(status));
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t watched = end_signals();
  sigprocmask(SIG_BLOCK, &watched, &before_);
  descriptor_ = FileDescriptor(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

SignalWatch::~SignalWatch() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

int SignalWatch::take() {
  signalfd_siginfo info{};
  return ::read(descriptor_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

Supervisor::~Supervisor() { kill_all(); }

void Supervisor::start(int rank, const std::function<Ending()>& body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw RunFailed(fmt::format("cannot start rank {}: {}", rank, std::strerror(errno)));
  FileDescriptor reading(ends[0]), writing(ends[1]);
  flush_output();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw RunFailed(fmt::format("cannot start rank {}: {}", rank, std::strerror(errno)));
  if (pid == 0) run_child(body, std::move(writing), parent);
  children_.push_back({rank, pid, FileDescriptor(open_process(pid)), std::move(reading), {}});
}

void Supervisor::run_child(const std::function<Ending()>& body, FileDescriptor report, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (getppid() != parent) _exit(1);
  children_.clear();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(signal, SIG_DFL);
  const sigset_t watched = end_signals();
  sigprocmask(SIG_UNBLOCK, &watched, nullptr);

  const Ending ending = body();
  write_report(report.get(), ending);
  flush_output();
  _exit(ending.kind == Ending::Kind::good ? 0 : 1);
}

std::vector<int> Supervisor::descriptors() const {
  std::vector<int> descriptors{signals_.descriptor()};
  for (const Child& child : children_) {
    if (child.process) descriptors.push_back(child.process.get());
  }
  return descriptors;
}

void Supervisor::look() {
  if (const int signal = signals_.take()) pass_on(signal);
  for (Child& child : children_) {
    pollfd entry{child.process.get(), POLLIN, 0};
    if (child.process && poll(&entry, 1, 0) > 0) reap(child);
  }
}

void Supervisor::reap(Child& child) {
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  child.process.reset();
  const bool exited = WIFEXITED(status);
  std::optional<Ending> report;
  pollfd entry{child.report.get(), POLLIN, 0};
  if (poll(&entry, 1, 0) > 0) report = read_report(child.report.get());
  const bool is_ours = killing_ && !exited && WTERMSIG(status) == SIGKILL;
  // Of a rank that ended in good order by its own account but died after that, the death counts.
  if (report && (exited || report->kind != Ending::Kind::good)) {
    child.ending = *report;
  } else if (is_ours) {
    child.ending = {Ending::Kind::bereaved, std::numeric_limits<double>::infinity(),
                    fmt::format("rank {} did not end by itself", child.rank)};
  } else {
    child.ending = {Ending::Kind::failed, monotonic_s(), describe_exit(child.rank, status)};
  }
}

bool Supervisor::is_running() const {
  return std::any_of(children_.begin(), children_.end(), [](const Child& child) { return bool{child.process}; });
}

bool Supervisor::has_failure() const {
  return std::any_of(children_.begin(), children_.end(),
                     [](const Child& child) { return child.ending.kind != Ending::Kind::good; });
}

void Supervisor::wait(double grace_s, bool has_failed) {
  std::optional<Deadline> deadline;
  while (is_running()) {
    if ((has_failed || has_failure()) && !deadline) deadline = deadline_in(grace_s);
    if (deadline && milliseconds_until(*deadline) == 0) return kill_all();
    std::vector<pollfd> entries;
    for (const int descriptor : descriptors()) entries.push_back({descriptor, POLLIN, 0});
    poll(entries.data(), entries.size(), deadline ? milliseconds_until(*deadline) : -1);
    look();
  }
}

Ending Supervisor::first_failure() const {
  const Ending* first = nullptr;
  for (const Child& child : children_) {
    const Ending& ending = child.ending;
    if (ending.kind == Ending::Kind::good) continue;
    // 'failed' comes before 'bereaved', then the earlier.
    const auto rank_of = [](const Ending& e) { return std::pair(e.kind == Ending::Kind::bereaved, e.time_s); };
    if (first == nullptr || rank_of(ending) < rank_of(*first)) first = &ending;
  }
  return first == nullptr ? Ending{} : *first;
}

void Supervisor::kill_all() {
  killing_ = true;
  for (const Child& child : children_) {
    if (child.process) kill(child.pid, SIGKILL);
  }
  for (Child& child : children_) {
    if (child.process) reap(child);
  }
}

// As if the signal had come without us: whoever handles it in this process does; by default it ends the process.
void Supervisor::pass_on(int signal) {
  kill_all();
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  throw RunFailed(fmt::format("the run was ended by {}", name_signal(signal)));
}

}  // namespace tandem::tcp
