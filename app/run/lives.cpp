#include "app/run/lives.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>

#include "app/launch/run_order.h"
#include "app/run/attempt_text.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"
#include "core/process/stopped_time.h"
#include "core/rank_lost.h"
#include "core/waited_in_vain.h"

namespace tandem {
namespace {

void sleep(double pause_s) { std::this_thread::sleep_for(std::chrono::duration<double>(pause_s)); }

/// A pipe to this process from those that it starts: it ends once all of them have.
struct LifeLine {
  LifeLine() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw RunFailed(fmt::format("no pipe: {}", std::strerror(errno)));
    reading = FileDescriptor(ends[0]);
    held = FileDescriptor(ends[1]);
  }

  // It fits into the pipe, so writing never blocks. Where it cannot be written, the end of the process says enough.
  void say(const LostRank& lost) const {
    const std::string text = fmt::format("{} {} {}", lost.rank, lost.time_s, lost.cause);
    static_cast<void>(!write(held.get(), text.data(), text.size()));
  }

  std::optional<LostRank> hear(double patience_s) const {
    std::string text;
    char some[4096];
    while (wait_until_readable(std::array{reading.get()}, patience_s)) {
      const ssize_t got = read(reading.get(), some, sizeof some);
      if (got <= 0) break;
      text.append(some, static_cast<std::size_t>(got));
    }
    if (text.empty()) return std::nullopt;
    LostRank lost;
    std::istringstream fields(text);
    fields >> lost.rank >> lost.time_s;
    fields.get();
    std::getline(fields, lost.cause, '\0');
    return lost;
  }

  FileDescriptor reading, held;
};

void bring_up_and_say(const Run& run, const LifeLine& line) {
  const auto lose = [&](const LostRank& lost) {
    if (run.scenario.recovery) return line.say(lost);
    hand_over(run.directory, failed_result(run, lost.cause));
  };
  try {
    bring_up(run);
  } catch (const CheckFailed& error) {
    RunResult result = failed_result(run, error.what());
    result.check_failed = true;
    hand_over(run.directory, result);
  } catch (const RankLost& error) {
    lose({error.what(), error.rank(), error.time_s()});
  } catch (const WaitedInVain& error) {
    lose({error.what()});
  } catch (const std::exception& error) {
    hand_over(run.directory, failed_result(run, error.what()));
  }
}

AttemptEnd live_in_a_process(const Run& run) {
  constexpr double kMargin_s = 30;  // its ranks have their own limits, and say more
  constexpr double kGrace_s = 10;
  LifeLine line;
  Child child = fork_child({}, [&] {
    bring_up_and_say(run, line);
    return 0;
  });
  line.held.reset();
  StoppedTime stopped;
  while (!wait_until_readable(std::array{child.descriptor()}, StoppedTime::kTick_s)) {
    if (stopped.exceeds(run.scenario.timeout_s + kMargin_s, child)) child.send(SIGKILL);
  }
  const ProcessEnd end = child.wait();
  // Ranks are killed when it is, and may not have gone yet: they must not write into the next attempt.
  return {.process = end, .lost = line.hear(kGrace_s)};
}

RunOrder order_of(const Run& run) {
  return {.file = run.directory / "order.json",
          .text = to_json(run.scenario).dump(2),
          .factors = run.factors,
          .repeat = run.repeat,
          .resume = run.resume ? run.resume->string() : ""};
}

MpirunEnd start_job(const Run& run, const RunOrder& order) {
  write_run_order(run.directory, order);
  Mpirun mpirun = run.mpirun;
  mpirun.has_rank_here = !order.attempt.empty();  // see agree_on_attempt
  return run_mpirun(mpirun, ranks_of(run), rank_arguments(run), run.scenario.timeout_s);
}

/// The first thing that a rank of this program said; else the end of it all.
std::string words_in(const std::string& printed) {
  constexpr std::string_view kName = "tandem: ";
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kName)) return line.substr(kName.size());
  }
  constexpr std::size_t kMost = 600;
  return printed.size() > kMost ? "..." + printed.substr(printed.size() - kMost) : printed;
}

// The launcher ends all ranks when one of them ends. So a job that fails has lost a rank; one that fails by an error of
// its own ends the job well, and leaves a result that says so.
AttemptEnd live_in_a_job(const Run& whole, const Run& run) {
  const std::size_t printed_before = read_whole_file(log_of_run(run.directory)).size();
  // The processes read the scenario as it is, and how many workers are left from the attempt.
  RunOrder order = order_of(whole);
  order.attempt = text_of_attempt(run);
  AttemptEnd end{.is_launchers = true};
  try {
    const MpirunEnd job = start_job(run, order);
    end.process.code = job.code;
    end.was_interrupted = job.was_asked_to_end;
  } catch (const RankLost& error) {
    end.lost = LostRank{error.what(), error.rank(), error.time_s()};
  }
  if (end.lost || end.was_interrupted || end.process.code == 0) return end;
  const std::string printed = read_whole_file(log_of_run(run.directory)).substr(printed_before);
  const std::optional<DeadRank> dead = death_of_rank(printed);
  constexpr int kMistake = 2;  // as the program's exit code: another attempt would make it again
  if (dead) {
    end.lost = LostRank{.cause = dead->text, .rank = dead->rank};
  } else if (end.process.code != kMistake) {
    end.lost = LostRank{.cause = words_in(printed)};
  } else {
    hand_over(run.directory, failed_result(run, words_in(printed)));
    end.process.code = 0;
  }
  return end;
}

}  // namespace

Lives lives_in_processes() { return {.live = live_in_a_process, .pause = sleep}; }

Lives lives_by_launcher(const Run& whole) {
  return {.live = [&whole](const Run& run) { return live_in_a_job(whole, run); }, .pause = sleep};
}

int live_by_launcher_once(const Run& run) { return start_job(run, order_of(run)).code; }

}  // namespace tandem
