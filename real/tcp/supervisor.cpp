#include "real/tcp/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "core/errors.h"
#include "real/tcp/socket.h"

namespace tandem::tcp {
namespace {

constexpr std::size_t kLongestCause = 3000;  // a report then fits into a pipe, and writing it never blocks

double monotonic_s() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

std::string name_of_signal(int signal) { return fmt::format("signal {} ({})", signal, strsignal(signal)); }

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

std::string describe_end(int rank, const ProcessEnd& end) {
  if (end.signal != 0) return fmt::format("rank {} was killed by {}", rank, name_of_signal(end.signal));
  return fmt::format("rank {} exited with code {} before its end", rank, end.code);
}

}  // namespace

Supervisor::~Supervisor() { kill_all(); }

void Supervisor::start(int rank, const std::function<Ending()>& body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw RunFailed(fmt::format("cannot start rank {}: {}", rank, std::strerror(errno)));
  FileDescriptor reading(ends[0]);
  const FileDescriptor writing(ends[1]);
  Child child = fork_child({}, [&] {
    processes_.clear();  // only the parent reads the reports of the other ranks
    const Ending ending = body();
    write_report(writing.get(), ending);
    return ending.kind == Ending::Kind::good ? 0 : 1;
  });
  processes_.push_back({.rank = rank, .child = std::move(child), .report = std::move(reading)});
}

std::vector<int> Supervisor::descriptors() const {
  std::vector<int> descriptors{signals_.descriptor()};
  for (const RankProcess& process : processes_) {
    if (process.is_running) descriptors.push_back(process.child.descriptor());
  }
  return descriptors;
}

void Supervisor::check_ranks() {
  if (const int signal = signals_.take()) pass_on(signal);
  for (RankProcess& process : processes_) {
    if (process.is_running && process.child.has_ended()) reap(process);
  }
}

void Supervisor::reap(RankProcess& process) {
  const ProcessEnd end = process.child.wait();
  process.is_running = false;
  std::optional<Ending> report;
  pollfd entry{process.report.get(), POLLIN, 0};
  if (poll(&entry, 1, 0) > 0) report = read_report(process.report.get());
  const bool is_ours = killing_ && end.signal == SIGKILL;
  // A rank may report a good end and then die: the death counts.
  if (report && (end.signal == 0 || report->kind != Ending::Kind::good)) {
    process.ending = *report;
  } else if (is_ours) {
    process.ending = {Ending::Kind::peer_failed, std::numeric_limits<double>::infinity(),
                      fmt::format("rank {} did not end by itself", process.rank)};
  } else {
    process.ending = {Ending::Kind::failed, monotonic_s(), describe_end(process.rank, end)};
  }
}

bool Supervisor::is_running() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const RankProcess& process) { return process.is_running; });
}

bool Supervisor::has_failure() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const RankProcess& process) { return process.ending.kind != Ending::Kind::good; });
}

void Supervisor::wait(double grace_s, bool has_failed) {
  std::optional<Deadline> deadline;
  while (is_running()) {
    if ((has_failed || has_failure()) && !deadline) deadline = deadline_in(grace_s);
    if (deadline && milliseconds_until(*deadline) == 0) return kill_all();
    std::vector<pollfd> entries;
    for (const int descriptor : descriptors()) entries.push_back({descriptor, POLLIN, 0});
    poll(entries.data(), entries.size(), deadline ? milliseconds_until(*deadline) : -1);
    check_ranks();
  }
}

Ending Supervisor::first_failure() const {
  const Ending* first = nullptr;
  for (const RankProcess& process : processes_) {
    const Ending& ending = process.ending;
    if (ending.kind == Ending::Kind::good) continue;
    // A cause comes before its consequences; among equals the earlier comes first.
    const auto order_of = [](const Ending& e) { return std::pair(e.kind == Ending::Kind::peer_failed, e.time_s); };
    if (first == nullptr || order_of(ending) < order_of(*first)) first = &ending;
  }
  return first == nullptr ? Ending{} : *first;
}

void Supervisor::kill_all() {
  killing_ = true;
  for (const RankProcess& process : processes_) {
    if (process.is_running) process.child.send(SIGKILL);
  }
  for (RankProcess& process : processes_) {
    if (process.is_running) reap(process);
  }
}

// Delivers the signal as if nobody had watched for it: this process's handler runs, or the process ends.
void Supervisor::pass_on(int signal) {
  kill_all();
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  throw RunFailed(fmt::format("the run was ended by {}", name_of_signal(signal)));
}

}  // namespace tandem::tcp
