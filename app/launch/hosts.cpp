#include "app/launch/hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/launch/mpi_launch.h"
#include "core/errors.h"

namespace tandem {
namespace {

using nlohmann::json;

// The wrapper of glibc 2.36 cannot be linked from C++.
tcp::FileDescriptor open_process(pid_t pid) {
  return tcp::FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

Host parse_host(const std::string& text) {
  Host host{.name = text};
  if (const std::size_t colon = text.rfind(':'); colon != text.npos) {
    host.name = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, host.ranks);
    if (error != std::errc() || stop != end || host.ranks < 1) host.name.clear();
  }
  if (!host.name.empty() && host.name.front() != '-') return host;
  throw UsageError(fmt::format("--hosts: \"{}\" must be a host's name, or NAME:RANKS such as node1:4", text));
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t some = write(descriptor, text.data() + written, text.size() - written);
    if (some < 0 && errno != EINTR) return;  // it has ended already: look() says how
    if (some > 0) written += static_cast<std::size_t>(some);
  }
}

std::string text_of(const Summons& summons) {
  const ProcessPlacement& meeting = summons.meeting;
  return json{{"process", summons.process}, {"processes", summons.processes}, {"address", meeting.address},
              {"port", meeting.port},       {"secret", meeting.secret},       {"file", summons.file},
              {"text", summons.text},       {"overrides", summons.overrides}}
             .dump() +
         "\n";
}

}  // namespace

std::vector<Host> parse_hosts(const std::string& text) {
  std::vector<Host> hosts;
  std::istringstream parts(text + ",");
  for (std::string part; std::getline(parts, part, ',');) {
    hosts.push_back(parse_host(part));
    for (std::size_t i = 0; i + 1 < hosts.size(); ++i) {
      if (hosts[i].name == hosts.back().name)
        throw UsageError(fmt::format("--hosts: {} is there twice; say {}:RANKS", hosts[i].name, hosts[i].name));
    }
  }
  return hosts;
}

std::vector<std::string> launch_line(const std::string& launcher, const std::string& host) {
  const std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe"), "rank", "--join"};
  std::vector<std::string> line;
  bool has_command = false;
  std::istringstream words(launcher);
  for (std::string word; words >> word;) {
    if (const std::size_t at = word.find("{host}"); at != word.npos) word.replace(at, 6, host);
    if (const std::size_t at = word.find("{command}"); at != word.npos) {
      word.replace(at, 9, text_of_command(command));
      has_command = true;
    }
    line.push_back(word);
  }
  if (!has_command) line.insert(line.end(), command.begin(), command.end());
  return line;
}

Launched::Launched(const std::vector<Host>& hosts, const std::string& launcher, Summons summons) {
  int number = 0;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (int rank = 0; rank < hosts[i].ranks; ++rank, ++number) {
      if (number == 0) continue;  // this process
      summons.process = number;
      start(hosts[i].name, launch_line(i == 0 ? "" : launcher, hosts[i].name), summons);
    }
  }
}

void Launched::start(const std::string& host, const std::vector<std::string>& line, const Summons& summons) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw RunFailed(fmt::format("host {}: no pipe: {}", host, std::strerror(errno)));
  tcp::FileDescriptor reading(ends[0]), writing(ends[1]);
  std::vector<char*> words;
  for (const std::string& word : line) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t parent = getpid(), pid = fork();
  if (pid < 0) throw RunFailed(fmt::format("host {}: cannot start a process: {}", host, std::strerror(errno)));
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    dup2(reading.get(), STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(words[0], words.data());
    fmt::print(stderr, "tandem: {}: {}\n", words[0], std::strerror(errno));
    _exit(127);
  }
  processes_.push_back({host, summons.process, pid, open_process(pid), std::move(writing)});
  // One that ends at once must not end this process by SIGPIPE.
  void (*before)(int) = std::signal(SIGPIPE, SIG_IGN);
  write_all(processes_.back().input.get(), text_of(summons));
  std::signal(SIGPIPE, before);
}

std::vector<int> Launched::descriptors() const {
  std::vector<int> descriptors;
  for (const Process& process : processes_) descriptors.push_back(process.end.get());
  return descriptors;
}

void Launched::look() const {
  for (const Process& process : processes_) {
    pollfd entry{process.end.get(), POLLIN, 0};
    if (poll(&entry, 1, 0) <= 0) continue;
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED | WNOWAIT);
    const std::string how = info.si_code == CLD_EXITED ? fmt::format("ended with exit code {}", info.si_status)
                                                       : fmt::format("was ended by signal {}", info.si_status);
    throw RunFailed(fmt::format("host {}: the process of rank {} {} before it had joined; what it said is above",
                                process.host, process.number, how));
  }
}

Summons read_summons() {
  std::string line;
  for (char c = 0; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) line += c;
  try {
    const json order = json::parse(line);
    Summons summons{.process = order.at("process"),
                    .processes = order.at("processes"),
                    .file = order.at("file"),
                    .text = order.at("text"),
                    .overrides = order.at("overrides")};
    summons.meeting.address = order.at("address");
    summons.meeting.port = order.at("port");
    order.at("secret").get_to(summons.meeting.secret);
    return summons;
  } catch (const json::exception& error) {
    throw UsageError(fmt::format("standard input holds no order of a run: {}", error.what()));
  }
}

void end_with_standard_input() {
  const pid_t parent = getpid(), child = fork();
  if (child < 0) throw RunFailed(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    return;
  }
  const tcp::FileDescriptor end = open_process(child);
  for (;;) {
    pollfd entries[] = {{STDIN_FILENO, POLLIN, 0}, {end.get(), POLLIN, 0}};
    poll(entries, 2, -1);
    char ignored = 0;
    const bool is_over = entries[0].revents != 0 && read(STDIN_FILENO, &ignored, 1) <= 0;
    if (is_over) kill(child, SIGKILL);
    if (!is_over && entries[1].revents == 0) continue;
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
}

}  // namespace tandem
