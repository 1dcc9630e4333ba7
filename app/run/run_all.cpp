#include "app/run/run_all.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <list>
#include <map>

#include "app/launch/mpi_files.h"
#include "app/store/run_folder.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "core/process/signal_watch.h"
#include "core/process/stopped_time.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

struct Running {
  std::size_t index;
  Child process;
  Clock::time_point since;
  StoppedTime stopped = {};
  std::string cause = {};  ///< why this program has ended it
};

double seconds_since(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

bool is_launched(const Run& run) { return run.scenario.traits().started_by == StartedBy::launcher; }

Child start(const Run& run) {
  clear_run_folder(run.directory);
  const FileDescriptor log(open(log_of_run(run.directory).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  // Each run leads a process group, because Ctrl-C reaches a terminal's whole group and the runner must decide what
  // ends.
  // A launcher is asked to end rather than killed, so that it leaves nothing behind.
  return fork_child(
      {.dies_by = is_launched(run) ? SIGTERM : SIGKILL, .leads_group = true, .output = log.get(), .errors = log.get()},
      [&run] { return execute(run); });
}

/// The first thing that a rank of this program has said in the log. A launcher writes much more around it.
std::string own_words(const Run& run) {
  if (!is_launched(run)) return "";
  constexpr std::string_view kName = "tandem: ";
  std::ifstream log(log_of_run(run.directory));
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with(kName)) return line.substr(kName.size());
  }
  return "";
}

/// The result that the run has handed over, or one with the reason why it has not.
RunResult result_of(const Run& run, const ProcessEnd& end) {
  if (end.is_success()) {
    try {
      if (auto result = take_over(run.directory)) return std::move(*result);
    } catch (const UsageError& error) {
      return failed_result(run, error.what());
    }
  }
  const std::string printed = end_of_log(run.directory);
  if (const auto death = death_of_rank(printed)) return failed_result(run, death->text);
  if (const std::string words = own_words(run); !words.empty()) return failed_result(run, words);
  return failed_result(run, fmt::format("the run's process {}{}{}", end.is_success() ? "left no result" : end.text(),
                                        printed.empty() ? "" : ": ", printed));
}

RunResult collect(const Run& run, const ProcessEnd& end, double wall_s, const std::string& cause) {
  if (is_launched(run) && end.signal != 0) remove_files_of_killed_launchers();
  RunResult result = cause.empty() ? result_of(run, end) : failed_result(run, cause);
  result.wall_s = wall_s;
  try {
    write_run(run.directory, result, to_json(run.scenario));
  } catch (const UsageError& error) {
    result = failed_result(run, error.what());
    result.wall_s = wall_s;
    write_run(run.directory, result, to_json(run.scenario));
  }
  return result;
}

/// The processes of the runs that are in progress.
class Runner {
 public:
  Runner(const std::vector<Run>& runs, const RunEvents& events) : runs_(runs), events_(events) {}

  std::size_t under_way() const { return running_.size(); }
  bool only_simulates() const {
    return std::all_of(running_.begin(), running_.end(),
                       [&](const Running& one) { return predicts(runs_[one.index]); });
  }

  void begin(std::size_t index) {
    const Run& run = runs_[index];
    if (const auto get_ready = run.scenario.traits().get_ready) get_ready();
    running_.push_back({index, start(run), Clock::now()});
    if (events_.started) events_.started(run);
    if (events_.note && is_launched(run))
      events_.note(text_of_command(mpirun_line(run.mpirun, ranks_of(run), rank_arguments(run))));
  }

  /// Blocks until a process has ended, a signal has come, or the time is over; then collects the runs that have ended.
  void wait(const SignalWatch& signals, double timeout_s, std::map<std::size_t, RunResult>& results) {
    std::vector<int> descriptors = {signals.descriptor()};
    for (const Running& one : running_) descriptors.push_back(one.process.descriptor());
    wait_until_readable(descriptors, timeout_s);
    std::erase_if(running_, [&](Running& one) {
      end_if_stopped(one);
      if (!one.process.has_ended()) return false;
      const double wall_s = seconds_since(one.since);
      results[one.index] = collect(runs_[one.index], one.process.wait(), wall_s, one.cause);
      if (events_.finished) events_.finished(runs_[one.index], results[one.index]);
      return true;
    });
  }

  // Its ranks have their own limits, and say more.
  void end_if_stopped(Running& one) const {
    constexpr double kMargin_s = 30;
    if (!one.stopped.exceeds(runs_[one.index].scenario.timeout_s + kMargin_s, one.process)) return;
    one.cause = "the run's process " + one.stopped.text();
    one.process.end(/*grace_s=*/0);
  }

  void end_all() {
    // SIGTERM first, because mpirun then ends its ranks on other hosts, too, for which it has 2 s itself.
    constexpr double kGrace_s = 4;
    for (Running& one : running_) {
      one.process.end(kGrace_s);
      if (is_launched(runs_[one.index]) && one.process.wait().signal != 0) remove_files_of_killed_launchers();
    }
  }

 private:
  const std::vector<Run>& runs_;
  const RunEvents& events_;
  std::list<Running> running_;
};

}  // namespace

Ran run_all(const std::vector<Run>& runs, int jobs, const RunEvents& events) {
  constexpr double kTick_s = 0.25;
  std::map<std::size_t, RunResult> results;
  SignalWatch signals;
  std::vector<std::size_t> waiting;  // last first
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (auto result = read_finished_run(runs[i].directory)) {
      results[i] = std::move(*result);
    } else {
      waiting.push_back(i);
    }
  }
  if (events.kept) events.kept(results.size());

  Runner runner(runs, events);
  const auto may_begin = [&] {
    if (waiting.empty()) return false;
    if (runner.under_way() == 0) return true;
    const bool only_simulations = predicts(runs[waiting.back()]) && runner.only_simulates();
    return only_simulations && runner.under_way() < static_cast<std::size_t>(jobs);
  };
  Ran ran;
  while (ran.interrupted_by == 0 && (!waiting.empty() || runner.under_way() > 0)) {
    while (may_begin()) {
      runner.begin(waiting.back());
      waiting.pop_back();
    }
    runner.wait(signals, kTick_s, results);
    if (events.tick) events.tick();
    ran.interrupted_by = signals.take();
  }
  runner.end_all();
  for (auto& [index, result] : results) ran.results.push_back(std::move(result));
  return ran;
}

int exit_code_of(const Ran& ran) {
  if (ran.interrupted_by != 0) return 128 + ran.interrupted_by;
  const auto has = [&](auto predicate) { return std::any_of(ran.results.begin(), ran.results.end(), predicate); };
  if (has([](const RunResult& result) { return result.check_failed; })) return 3;
  return has([](const RunResult& result) { return !result.failure.empty(); }) ? 1 : 0;
}

}  // namespace tandem
