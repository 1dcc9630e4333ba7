#include "app/launch/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/errors.h"

namespace tandem {
namespace {

// A handler can reach nothing else: the one variable here that is not passed along.
volatile std::sig_atomic_t interrupt_signal = 0;

void note_interrupt(int signal) { interrupt_signal = signal; }
void only_wake_up(int) {}

// Returns what handled the signal before.
struct sigaction handle(int signal, void (*handler)(int)) {
  struct sigaction action {
  }, before{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // of what the program does, only ppoll is to be interrupted
  sigaction(signal, &action, &before);
  return before;
}

std::string trouble_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return fmt::format("ended with exit code {}", WEXITSTATUS(status));
  return "";
}

}  // namespace

pid_t start_child(const std::function<void()>& body, const std::filesystem::path& log) {
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw RunFailed(fmt::format("no process for the run: {}", std::strerror(errno)));
  if (pid > 0) return pid;

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) handle(signal, SIG_DFL);
  // Ctrl-C reaches the whole process group: the runner decides what ends.
  setpgid(0, 0);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file >= 0) dup2(file, STDOUT_FILENO), dup2(file, STDERR_FILENO);
  // What the caller would do next is not this process's business: nothing may leave by an exception.
  try {
    body();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    std::fflush(nullptr);
    _exit(1);
  }
  std::fflush(nullptr);
  _exit(0);
}

ChildEnd wait_for_child(double timeout_s) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_s);
  // The signals are blocked except inside ppoll, so a child that ends in between is not missed; without a handler
  // SIGCHLD would not end the wait.
  handle(SIGCHLD, only_wake_up);
  sigset_t block, before;
  sigemptyset(&block);
  for (const int signal : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&block, signal);
  sigprocmask(SIG_BLOCK, &block, &before);
  ChildEnd end;
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t pid = wait4(-1, &status, WNOHANG, &usage);
    if (pid > 0) {
      const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
      };
      end = {pid, trouble_of(status), seconds(usage.ru_utime) + seconds(usage.ru_stime)};
      break;
    }
    const double left_s = std::chrono::duration<double>(deadline - Clock::now()).count();
    if (left_s <= 0 || interrupt_signal != 0) break;
    timespec wait{static_cast<time_t>(left_s),
                  static_cast<long>((left_s - static_cast<double>(static_cast<time_t>(left_s))) * 1e9)};
    ppoll(nullptr, 0, &wait, &before);
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return end;
}

InterruptGuard::InterruptGuard() {
  interrupt_signal = 0;
  before_interrupt_ = handle(SIGINT, note_interrupt);
  before_terminate_ = handle(SIGTERM, note_interrupt);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &before_interrupt_, nullptr);
  sigaction(SIGTERM, &before_terminate_, nullptr);
  interrupt_signal = 0;
}

int InterruptGuard::signal() const { return interrupt_signal; }

void kill_child(pid_t pid) {
  // Asked first: mpirun ends its ranks, on other hosts too, and removes what they left in shared memory.
  constexpr int kGrace_ms = 2000, kLook_ms = 10;
  kill(pid, SIGTERM);
  bool has_ended = false;
  for (int waited_ms = 0; waited_ms < kGrace_ms && !has_ended; waited_ms += kLook_ms) {
    poll(nullptr, 0, kLook_ms);
    has_ended = waitpid(pid, nullptr, WNOHANG) == pid;
  }
  // The child leads a group of its own, with the processes of its ranks in it.
  kill(-pid, SIGKILL);
  if (!has_ended) waitpid(pid, nullptr, 0);
}

}  // namespace tandem
