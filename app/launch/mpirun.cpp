#include "app/launch/mpirun.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "app/launch/mpi_files.h"
#include "app/launch/stopped_ranks.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "core/process/signal_watch.h"
#include "core/process/stopped_time.h"
#include "core/rank_lost.h"

namespace tandem {
namespace {

bool is_plain(const std::string& word) {
  return !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>(){}[]#~!") == std::string::npos;
}

Child start(const std::vector<std::string>& line) {
  try {
    return start_program(line, {.dies_by = SIGTERM, .leads_group = true});
  } catch (const std::system_error& error) {
    throw RunFailed(fmt::format("{} (get it with: apt install openmpi-bin)", error.what()));
  }
}

// mpirun ends its ranks on all hosts, for which it must be given time; one that is stopped does nothing. Ranks on this
// host die with it.
void end(Child& job, int signal) {
  constexpr double kGrace_s = 2;
  job.send(signal);
  wait_until_readable(std::array{job.descriptor()}, kGrace_s);
  job.send(SIGKILL);
  job.wait();
}

}  // namespace

std::vector<std::string> mpirun_line(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments) {
  // There may be more ranks than cores. So no rank is bound to a core, and one that waits yields it.
  std::vector<std::string> line = {
      "mpirun", "-n", std::to_string(processes), "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle",
      "1"};
  if (geteuid() == 0) line.emplace_back("--allow-run-as-root");
  if (!mpirun.hostfile.empty()) line.insert(line.end(), {"--hostfile", std::filesystem::absolute(mpirun.hostfile)});
  line.push_back(mpirun.program);
  line.insert(line.end(), arguments.begin(), arguments.end());
  return line;
}

std::string text_of_command(const std::vector<std::string>& line) {
  std::string text;
  for (const std::string& word : line) {
    if (!text.empty()) text += ' ';
    text += is_plain(word) ? word : fmt::format("'{}'", word);
  }
  return text;
}

std::optional<DeadRank> death_of_rank(std::string_view printed) {
  // Open MPI: "mpirun noticed that process rank 2 with PID 4711 on node here exited on signal 9 (Killed)."
  constexpr std::string_view kBefore = "noticed that process rank ", kBetween = " exited on signal ";
  const std::size_t start = printed.find(kBefore);
  if (start == printed.npos) return std::nullopt;
  const std::string_view sentence = printed.substr(start + kBefore.size());
  const std::string_view rank = sentence.substr(0, sentence.find(' '));
  const std::size_t signal = sentence.find(kBetween);
  if (signal == sentence.npos) return std::nullopt;
  const std::string_view cause = sentence.substr(signal + kBetween.size());
  return DeadRank{std::atoi(std::string(rank).c_str()),
                  fmt::format("rank {} was killed by signal {}", rank, cause.substr(0, cause.find_first_of(".\n")))};
}

MpirunEnd run_mpirun(const Mpirun& mpirun, int processes, const std::vector<std::string>& arguments, double timeout_s) {
  if (mpirun.program.empty())
    throw RunFailed("this program does not know the command that makes it a rank, so it cannot start an MPI job");
  // hwloc looks for graphics cards on the X displays 0 to 9 of this host by name: 5 s each where no name server
  // answers.
  setenv("HWLOC_COMPONENTS", "-gl", /*overwrite=*/0);
  const std::vector<std::string> line = mpirun_line(mpirun, processes, arguments);
  fmt::print(stderr, "{}\n", text_of_command(line));
  SignalWatch signals;
  // Processes on other hosts would not find the folder.
  std::optional<MpiFiles> files;
  if (mpirun.hostfile.empty()) files.emplace();
  Child job = start(line);
  constexpr double kMargin_s = 10;  // its ranks then say first that they waited
  StoppedTime stopped;
  StoppedRanks stopped_ranks(job.pid());
  bool was_asked_to_end = false;
  const bool has_rank_here = mpirun.hostfile.empty() || mpirun.has_rank_here;
  while (!job.has_ended()) {
    wait_until_readable(std::array{job.descriptor(), signals.descriptor()}, StoppedTime::kTick_s);
    if (const int signal = signals.take()) end(job, signal), was_asked_to_end = true;
    if (stopped.exceeds(timeout_s + kMargin_s, job)) {
      end(job, SIGKILL);
      throw RankLost("mpirun " + stopped.text(), -1, 0);
    }
    stopped_ranks.look();
    if (const std::string rank = stopped_ranks.stopped_for(timeout_s + kMargin_s); !rank.empty()) {
      end(job, SIGTERM);
      throw RankLost(rank + " was stopped and did not go on", -1, 0);
    }
    if (has_rank_here && stopped_ranks.none_for(timeout_s + kMargin_s)) {
      end(job, SIGTERM);
      throw RankLost("mpirun has no ranks any more, and does not end", -1, 0);
    }
  }
  const ProcessEnd end = job.wait();
  if (end.signal != 0 && !was_asked_to_end) throw RankLost("mpirun " + end.text(), -1, 0);
  return {end.signal != 0 ? 128 + end.signal : end.code, was_asked_to_end};
}

}  // namespace tandem
