#include "app/report/gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

namespace tandem {
namespace {

struct Child {
  pid_t pid = -1;
  int errors = -1;  ///< its stderr, to read
  int failure = 0;  ///< errno of not having started
};

Child start(const std::string& program, const std::filesystem::path& script) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {.failure = errno};
  // A relative script without a folder lies in the current one.
  const std::string folder = script.has_parent_path() ? script.parent_path().string() : ".";
  const std::string file = script.filename().string();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  // --default-settings: a user's own start-up file must not change the figure.
  std::string words[] = {program, "--default-settings", file};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  Child child{.errors = ends[0]};
  child.failure = posix_spawnp(&child.pid, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  return child;
}

/// Everything up to end of file; false when the deadline came first.
bool read_all(int file, std::chrono::steady_clock::time_point deadline, std::string& text) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waited{.fd = file, .events = POLLIN, .revents = 0};
    if (left.count() <= 0) return false;
    if (poll(&waited, 1, static_cast<int>(left.count())) <= 0) continue;  // the deadline, or a signal: look again
    char block[4096];
    const ssize_t got = read(file, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    text.append(block, static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string run_gnuplot(const std::filesystem::path& script, double timeout_s, const std::string& program) {
  const Child child = start(program, script);
  if (child.failure == ENOENT) {
    return fmt::format("{} was not found: install it (apt install gnuplot-nox), then run `gnuplot {}` in {}", program,
                       script.filename().string(), script.parent_path().string());
  }
  if (child.failure != 0) return fmt::format("cannot start {}: {}", program, std::strerror(child.failure));

  std::string errors;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<long>(timeout_s * 1e3));
  const bool ended = read_all(child.errors, deadline, errors);
  close(child.errors);
  if (!ended) kill(child.pid, SIGKILL);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!ended) return fmt::format("{} {} did not end within {} s", program, script.string(), timeout_s);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fmt::format("{} {} failed: {}", program, script.string(), errors);
}

std::string gnuplot_string(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '\n') {
      literal += "\\n";
    } else if (c == '"' || c == '\\') {
      literal += '\\';
      literal += c;
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

}  // namespace tandem
