#include "app/run/run_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "app/launch/child.h"
#include "app/launch/mpi_launch.h"
#include "app/worlds.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

struct Running {
  std::size_t index;
  Clock::time_point since;
};

double seconds_since(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

std::filesystem::path log_of(const Run& run) { return run.directory / "log.txt"; }

// The end of what the run printed: a crash says its reason there.
std::string last_words(const Run& run) {
  std::ifstream file(log_of(run));
  std::stringstream all;
  all << file.rdbuf();
  std::string text = all.str();
  while (text.ends_with('\n')) text.pop_back();
  constexpr std::size_t kMost = 600;
  return text.size() > kMost ? "..." + text.substr(text.size() - kMost) : text;
}

RunResult what_it_left(const Run& run, const ChildEnd& end) {
  if (end.trouble.empty() && std::filesystem::exists(run.directory / "run.json")) {
    try {
      return read_result(run.directory);
    } catch (const UsageError& error) {
      return failed_result(run, error.what());
    }
  }
  const std::string words = last_words(run);
  return failed_result(run,
                       fmt::format("the run's process {}{}{}", end.trouble.empty() ? "left no result" : end.trouble,
                                   words.empty() ? "" : ": ", words));
}

RunResult result_of(const Run& run, const ChildEnd& end, double wall_s) {
  RunResult result = what_it_left(run, end);
  result.factors = run.factors;
  result.repeat = run.repeat;
  result.wall_s = wall_s;
  write_result(run, result);
  if (std::filesystem::exists(log_of(run)) && std::filesystem::file_size(log_of(run)) == 0)
    std::filesystem::remove(log_of(run));
  return result;
}

}  // namespace

Ran run_all(const std::vector<Run>& runs, int jobs, const RunEvents& events) {
  constexpr double kTickS = 0.25;
  std::map<std::size_t, RunResult> results;
  std::map<pid_t, Running> running;
  InterruptGuard interrupt;
  std::vector<std::size_t> waiting;  // last first
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (auto result = finished_result(runs[i])) {
      results[i] = std::move(*result);
    } else {
      waiting.push_back(i);
    }
  }
  const auto is_simulated_run = [&](std::size_t i) { return is_simulated(*find_world(runs[i].scenario.world)); };
  const auto may_start = [&] {
    if (waiting.empty()) return false;
    if (running.empty()) return true;
    const bool only_simulations = is_simulated_run(waiting.back()) && is_simulated_run(running.begin()->second.index);
    return only_simulations && running.size() < static_cast<std::size_t>(jobs);
  };

  while (!waiting.empty() || !running.empty()) {
    while (may_start()) {
      const std::size_t index = waiting.back();
      waiting.pop_back();
      const Run& run = runs[index];
      std::filesystem::create_directories(run.directory);
      for (const auto& left : {run.directory / "run.json", log_of(run)}) std::filesystem::remove(left);
      const pid_t pid = start_child([&run] { execute(run); }, log_of(run));
      running[pid] = {index, Clock::now()};
      if (events.started) events.started(run);
      if (events.note && run.scenario.world == "mpi") events.note(text_of_command(mpirun_line(run)));
    }
    const ChildEnd end = wait_for_child(kTickS);
    if (const auto found = running.find(end.pid); found != running.end()) {
      const auto [index, since] = found->second;
      results[index] = result_of(runs[index], end, seconds_since(since));
      running.erase(found);
      if (events.finished) events.finished(runs[index], results[index]);
    }
    if (events.tick) events.tick();
    if (interrupt.signal() != 0) {
      for (const auto& [pid, run] : running) kill_child(pid);
      break;
    }
  }
  Ran ran{.interrupted_by = interrupt.signal()};
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
