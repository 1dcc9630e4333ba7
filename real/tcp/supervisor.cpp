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
#include <tuple>
#include <utility>

#include "core/errors.h"
#include "real/tcp/rendezvous.h"
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
    if (!process.is_running || !process.child.has_ended()) continue;
    reap(process);
    if (process.ending.kind == Ending::Kind::waited) note_stopped();
  }
}

// A rank that stands still when another has waited too long did not answer it, even if it goes on before the end.
void Supervisor::note_stopped() {
  for (RankProcess& process : processes_) {
    if (process.is_running && process.child.stopped_by() != 0) process.stood_still = true;
  }
}

void Supervisor::reap(RankProcess& process) {
  const ProcessEnd end = process.child.wait();
  process.is_running = false;
  std::optional<Ending> report;
  pollfd entry{process.report.get(), POLLIN, 0};
  if (poll(&entry, 1, 0) > 0) report = read_report(process.report.get());
  process.was_killed_here = killing_ && end.signal == SIGKILL;
  // A rank may report a good end and then die: the death counts.
  if (report && (end.signal == 0 || report->kind != Ending::Kind::good)) {
    process.ending = *report;
  } else if (process.ending.kind != Ending::Kind::good) {
    process.was_killed_here = false;  // it was killed because it was stopped, which is the cause
  } else if (process.was_killed_here) {
    process.ending = {Ending::Kind::peer_failed, std::numeric_limits<double>::infinity(),
                      fmt::format("rank {} did not end by itself", process.rank)};
  } else {
    const auto rank = static_cast<std::size_t>(process.rank);
    const bool is_survived = end.signal != 0 && mortal_.begin <= rank && rank < mortal_.end;
    const Ending::Kind unsurvived = end.signal != 0 ? Ending::Kind::lost : Ending::Kind::failed;
    process.ending = {is_survived ? Ending::Kind::died : unsurvived, monotonic_s(), describe_end(process.rank, end)};
  }
}

bool Supervisor::is_running() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const RankProcess& process) { return process.is_running; });
}

bool Supervisor::has_failure() const {
  return std::any_of(processes_.begin(), processes_.end(), [](const RankProcess& process) {
    return process.ending.kind != Ending::Kind::good && process.ending.kind != Ending::Kind::died;
  });
}

bool Supervisor::has_deaths() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const RankProcess& process) { return process.ending.kind == Ending::Kind::died; });
}

void Supervisor::wait(const Limits& limits, bool has_failed) {
  std::optional<Deadline> deadline;
  while (is_running()) {
    if ((has_failed || has_failure()) && !deadline) deadline = deadline_in(limits.grace_s);
    if (deadline && milliseconds_until(*deadline) == 0) return kill_all();
    std::vector<pollfd> entries;
    for (const int descriptor : descriptors()) entries.push_back({descriptor, POLLIN, 0});
    const Deadline tick = deadline_in(StoppedTime::kTick_s);
    poll(entries.data(), entries.size(), milliseconds_until(deadline ? std::min(*deadline, tick) : tick));
    check_ranks();
    for (RankProcess& process : processes_) {
      if (process.is_running) end_if_stopped_for(limits.stopped_s, process);
    }
  }
}

// The limit is zero for a rank that did not end when others had failed: then it is their cause.
void Supervisor::end_if_stopped_for(double limit_s, RankProcess& process) {
  if (!process.stopped.exceeds(limit_s, process.child)) return;
  process.ending = {Ending::Kind::lost, monotonic_s(), fmt::format("rank {} {}", process.rank, process.stopped.text())};
  process.child.send(SIGKILL);
}

Ending Supervisor::first_failure() const {
  const Ending* first = nullptr;
  int rank_of_first = -1;
  std::vector<int> silent;
  for (const RankProcess& process : processes_) {
    const Ending& ending = process.ending;
    if (process.was_killed_here || process.stood_still) silent.push_back(process.rank);
    if (ending.kind == Ending::Kind::good) continue;
    // A cause comes before its consequences; among equals the earlier comes first.
    const auto order_of = [](const Ending& e) {
      return std::tuple(e.kind == Ending::Kind::peer_failed, e.kind == Ending::Kind::waited,
                        e.kind == Ending::Kind::died, e.time_s);
    };
    if (first == nullptr || order_of(ending) < order_of(*first)) first = &ending, rank_of_first = process.rank;
  }
  if (first == nullptr || !has_failure()) return {};
  Ending ending = *first;
  ending.rank = rank_of_first;
  if (ending.kind == Ending::Kind::waited && !silent.empty())
    ending.cause += fmt::format("; {} did not answer", name_ranks(silent));
  return ending;
}

void Supervisor::kill_all() {
  killing_ = true;
  for (RankProcess& process : processes_) {
    if (!process.is_running) continue;
    end_if_stopped_for(0, process);
    process.child.send(SIGKILL);
  }
  for (RankProcess& process : processes_) {
    if (process.is_running) reap(process);
  }
}

void Supervisor::pass_on(int signal) {
  kill_all();
  signals_.pass_on(signal);
  throw RunFailed(fmt::format("the run was ended by {}", name_of_signal(signal)));
}

}  // namespace tandem::tcp
