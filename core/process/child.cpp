#include "core/process/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <system_error>

#include "core/errors.h"

namespace tandem {
namespace {

// Called directly, because glibc 2.36's wrapper cannot be linked from C++.
FileDescriptor open_process(pid_t pid) { return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

ProcessEnd end_of(int status) {
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status)};
}

// Otherwise both processes would write the output that is still buffered.
void flush_output() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(nullptr);
}

// Between fork or vfork and exec only calls that are safe in a signal handler are allowed.
void prepare(const ProcessOptions& options, pid_t parent) {
  if (options.leads_group) {
    setpgid(0, 0);
    // What a terminal has just sent to the group that this process came from is the parent's to answer. The parent may
    // have blocked these signals, so they wait; to ignore one forgets it.
    for (const int signal : {SIGINT, SIGQUIT}) std::signal(signal, SIG_IGN);
  }
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGCHLD}) std::signal(signal, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, options.dies_by);
  // The parent may have died before the line above.
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (options.input >= 0) dup2(options.input, STDIN_FILENO);
  if (options.output >= 0) dup2(options.output, STDOUT_FILENO);
  if (options.errors >= 0) dup2(options.errors, STDERR_FILENO);
}

/// Passes on what fork or vfork has returned.
pid_t started_or_throw(pid_t pid) {
  if (pid < 0) throw RunFailed(fmt::format("no process can be started: {}", std::strerror(errno)));
  return pid;
}

[[noreturn]] void run_and_exit(const std::function<int()>& body) {
  // No exception may leave this function: in the child, the caller's code must not go on.
  int code = 1;
  try {
    code = body();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
  flush_output();
  _exit(code);
}

std::vector<char*> argument_vector(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

std::system_error cannot_start(int error, const std::string& program) {
  return {error, std::generic_category(), fmt::format("{} cannot be started", program)};
}

}  // namespace

std::string ProcessEnd::text() const {
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, strsignal(signal));
  return code != 0 ? fmt::format("ended with exit code {}", code) : "";
}

Child::Child(pid_t pid) : pid_(pid), process_(open_process(pid)) {}

bool Child::has_ended() const {
  pollfd entry{process_.get(), POLLIN, 0};
  return is_reaped_ || poll(&entry, 1, 0) > 0;
}

int Child::stopped_by() const {
  siginfo_t info{};
  const bool is_stopped = !is_reaped_ && pid_ > 0 &&
                          waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
                          info.si_pid == pid_;
  return is_stopped ? info.si_status : 0;
}

ProcessEnd Child::wait() {
  if (is_reaped_ || pid_ < 0) return how_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  is_reaped_ = true;
  return how_ = end_of(status);
}

void Child::send(int signal) const {
  if (!is_reaped_ && pid_ > 0) kill(pid_, signal);
}

void Child::end(double grace_s) {
  if (is_reaped_ || pid_ < 0) return;
  send(SIGTERM);
  wait_until_readable(std::array{descriptor()}, grace_s);
  // The group is killed before its leader is reaped, while no other group can have got its number.
  kill(-pid_, SIGKILL);
  wait();
}

Child fork_child(const ProcessOptions& options, const std::function<int()>& body) {
  flush_output();
  const pid_t parent = getpid(), pid = started_or_throw(fork());
  if (pid > 0) return Child(pid);
  prepare(options, parent);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(1);
  run_and_exit(body);
}

Child start_program(const std::vector<std::string>& words, const ProcessOptions& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw cannot_start(errno, words.at(0));
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  const std::vector<char*> arguments = argument_vector(words);
  flush_output();
  // A process that has read its data has hundreds of megabytes, and fork would copy the tables of their pages each
  // time.
  const pid_t parent = getpid(), pid = started_or_throw(vfork());
  if (pid == 0) {
    prepare(options, parent);
    if (options.folder.empty() || chdir(options.folder.c_str()) == 0) execvp(arguments[0], arguments.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(writing.get(), &error, sizeof error);
    _exit(127);
  }
  writing.reset();
  Child child(pid);
  // A program that has started holds no end of the pipe, so the read finds its end.
  int error = 0;
  ssize_t got = 0;
  while ((got = read(reading.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (got <= 0) return child;
  child.wait();
  throw cannot_start(error, words[0]);
}

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

void die_with_parent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

bool wait_until_readable(std::span<const int> descriptors, double timeout_s) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_s);
  std::vector<pollfd> entries;
  for (const int descriptor : descriptors) entries.push_back({descriptor, POLLIN, 0});
  for (;;) {
    const double left_s = std::chrono::duration<double>(deadline - Clock::now()).count();
    // Rounded up, so that the deadline has passed when poll returns.
    constexpr double kLongest_ms = 1e9;
    const double left_ms = std::clamp(std::ceil(left_s * 1e3), 0.0, kLongest_ms);
    const int ready = poll(entries.data(), entries.size(), static_cast<int>(left_ms));
    if (ready > 0) return true;
    if (Clock::now() >= deadline) return false;
  }
}

}  // namespace tandem
