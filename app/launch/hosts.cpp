#include "app/launch/hosts.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

#include "app/launch/mpirun.h"
#include "core/errors.h"
#include "core/rank_lost.h"
#include "real/tcp/socket.h"

namespace tandem {
namespace {

[[noreturn]] void refuse_host(const std::string& text) {
  throw UsageError(
      fmt::format("--hosts: \"{}\" must be a host's name, or NAME:RANKS such as node1:4; several are separated by "
                  "commas, alike ones are written node[01-04,07]:4, and numbers of IPv6 stand in brackets, as [::1]:4",
                  text));
}

/// Removes ":RANKS" from the end, if it is there, and returns the number.
int take_ranks(std::string& text) {
  const std::size_t colon = text.rfind(':'), bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && colon < bracket)) return 1;
  int ranks = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, ranks);
  if (error != std::errc() || stop != end || ranks < 1) refuse_host(text);
  text.resize(colon);
  return ranks;
}

bool is_host_name(const std::string& name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:%";  // ':' and '%': numbers of IPv6
  return !name.empty() && name.front() != '-' && name.find_first_not_of(kLetters) == std::string::npos;
}

/// "01-04,07" to "01", "02", "03", "04", "07".
std::vector<std::string> expanded(const std::string& ranges, const std::string& text) {
  std::vector<std::string> numbers;
  std::istringstream parts(ranges);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::string first = part.substr(0, part.find('-'));
    const std::string last = part.find('-') == part.npos ? first : part.substr(part.find('-') + 1);
    constexpr std::size_t kMostDigits = 6;
    const auto is_number = [](const std::string& number) {
      return !number.empty() && number.size() <= kMostDigits &&
             number.find_first_not_of("0123456789") == std::string::npos;
    };
    if (!is_number(first) || !is_number(last) || std::stoi(first) > std::stoi(last)) refuse_host(text);
    for (int number = std::stoi(first); number <= std::stoi(last); ++number)
      numbers.push_back(fmt::format("{:0{}}", number, first.size()));
  }
  if (numbers.empty()) refuse_host(text);
  return numbers;
}

/// One entry: a name, [a number of IPv6], or prefix[numbers]suffix.
std::vector<Host> parse_entry(const std::string& text) {
  std::string name = text;
  const int ranks = take_ranks(name);
  std::vector<Host> hosts;
  const std::size_t open = name.find('['), close = name.find(']');
  if (open == name.npos && close == name.npos) {
    hosts.push_back({name, ranks});
    // Otherwise the last part of a number of IPv6 would count as ranks.
    if (name.find(':') != name.npos) refuse_host(text);
  } else if (open == 0 && close == name.size() - 1) {
    hosts.push_back({name.substr(1, name.size() - 2), ranks});
  } else if (open != name.npos && close != name.npos && open < close) {
    for (const std::string& number : expanded(name.substr(open + 1, close - open - 1), text))
      hosts.push_back({name.substr(0, open) + number + name.substr(close + 1), ranks});
  }
  if (hosts.empty()) refuse_host(text);
  for (const Host& host : hosts) {
    if (!is_host_name(host.name)) refuse_host(text);
  }
  return hosts;
}

/// Splits the text at the commas that are not between brackets.
std::vector<std::string> entries_of(const std::string& text) {
  std::vector<std::string> entries(1);
  bool is_in_brackets = false;
  for (const char c : text) {
    if (c == '[' || c == ']') is_in_brackets = c == '[';
    if (c == ',' && !is_in_brackets) {
      entries.emplace_back();
    } else {
      entries.back() += c;
    }
  }
  return entries;
}

// A process that ends at once must not end this one by SIGPIPE; a socket, unlike a pipe, has a flag against that.
void write_all(int socket, const std::string& text) {
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t some = send(socket, text.data() + written, text.size() - written, MSG_NOSIGNAL);
    if (some < 0 && errno != EINTR) return;  // it has ended already: require_all_running says how
    if (some > 0) written += static_cast<std::size_t>(some);
  }
}

}  // namespace

std::vector<Host> parse_hosts(const std::string& text) {
  std::vector<Host> hosts;
  std::set<std::string> names;
  for (const std::string& entry : entries_of(text)) {
    for (Host& host : parse_entry(entry)) {
      if (!names.insert(host.name).second)
        throw UsageError(fmt::format("--hosts: {} is there twice; say {}:RANKS", host.name, host.name));
      hosts.push_back(std::move(host));
    }
  }
  return hosts;
}

int places_on(const std::vector<Host>& hosts) {
  int places = 0;
  for (const Host& host : hosts) places += host.ranks;
  return places;
}

std::vector<Host> after_changes(std::vector<Host> hosts, const std::vector<GroupChange>& changes) {
  for (const GroupChange& change : changes) {
    if (change.hosts.empty()) hosts = without(std::move(hosts), {change.gone});
    for (Host& host : change.hosts.empty() ? std::vector<Host>() : parse_hosts(change.hosts))
      hosts.push_back(std::move(host));
  }
  return hosts;
}

std::vector<std::string> launch_line(const std::filesystem::path& program, const std::string& launcher,
                                     const std::string& host) {
  const std::vector<std::string> command = {program, "rank", "--join"};
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

std::vector<Host> without(std::vector<Host> hosts, const std::vector<int>& gone) {
  for (const int number : gone) {
    auto host = hosts.begin();
    int first = 0;
    while (host != hosts.end() && number >= first + host->ranks) first += (host++)->ranks;
    if (number <= 0 || host == hosts.end() || (host == hosts.begin() && host->ranks == 1)) host = hosts.end() - 1;
    if (--host->ranks == 0) hosts.erase(host);
  }
  return hosts;
}

HostProcesses::HostProcesses(const std::vector<Host>& hosts, const std::filesystem::path& program,
                             const std::string& launcher, RunOrder order) {
  int number = 0;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (int rank = 0; rank < hosts[i].ranks; ++rank, ++number) {
      if (number == 0) continue;  // this process
      order.process = number;
      start(hosts[i].name, launch_line(program, i == 0 ? "" : launcher, hosts[i].name), order);
    }
  }
}

void HostProcesses::start(const std::string& host, const std::vector<std::string>& line, const RunOrder& order) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw RunFailed(fmt::format("host {}: no socket: {}", host, std::strerror(errno)));
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  try {
    // The output of the process goes to this one's standard error: standard output is for the answer. Ctrl-C must not
    // reach it before this process has decided what ends.
    Child child = start_program(line, {.leads_group = true, .input = reading.get(), .output = STDERR_FILENO});
    processes_.push_back({host, order.process, std::move(child), std::move(writing)});
  } catch (const std::system_error& error) {
    throw RunFailed(fmt::format("host {}: {}", host, error.what()));
  }
  write_all(processes_.back().input.get(), text_of(order));
}

HostProcesses::~HostProcesses() {
  constexpr double kGrace_s = 3;
  for (HostProcess& process : processes_) process.input.reset();
  const tcp::Deadline deadline = tcp::deadline_in(kGrace_s);
  for (HostProcess& process : processes_) {
    wait_until_readable(std::array{process.child.descriptor()}, tcp::milliseconds_until(deadline) / 1000.0);
    process.child.send(SIGKILL);
    process.child.wait();
  }
}

std::vector<int> HostProcesses::descriptors() const {
  std::vector<int> descriptors;
  for (const HostProcess& process : processes_) descriptors.push_back(process.child.descriptor());
  return descriptors;
}

void HostProcesses::require_all_running() {
  for (HostProcess& process : processes_) {
    if (!process.child.has_ended()) continue;
    const ProcessEnd end = process.child.wait();
    throw RankLost(fmt::format("host {}: the process of rank {} {}; what it said is above", process.host,
                               process.number, end.is_success() ? "ended with exit code 0" : end.text()),
                   process.number, 0);
  }
}

int run_until_input_ends(const std::function<int()>& work) {
  Child child = fork_child({}, work);
  for (;;) {
    pollfd entries[] = {{STDIN_FILENO, POLLIN, 0}, {child.descriptor(), POLLIN, 0}};
    poll(entries, 2, -1);
    char ignored = 0;
    const bool is_over = entries[0].revents != 0 && read(STDIN_FILENO, &ignored, 1) <= 0;
    if (is_over) child.send(SIGKILL);
    if (!is_over && entries[1].revents == 0) continue;
    const ProcessEnd end = child.wait();
    return end.signal == 0 ? end.code : 1;
  }
}

}  // namespace tandem
