#include "app/launch/crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "core/errors.h"
#include "real/mpi/world.h"

namespace tandem {
namespace {

std::optional<std::string> obstacle(const Run& run, const std::string& world, int processes) {
  if (run.scenario.world != world) {
    return fmt::format("among processes started together for the {} world only that runs, not {}", world,
                       run.scenario.world);
  }
  const int ranks = ranks_of(run);
  if (ranks <= processes) return std::nullopt;
  return fmt::format("needs {} ranks, and {} process{} started together", ranks, processes,
                     processes == 1 ? " was" : "es were");
}

RunResult finished(const Run& run, double wall_s) {
  RunResult result = read_result(run.directory);
  result.wall_s = wall_s;
  write_result(run, result);
  return result;
}

}  // namespace

Crew mpi_crew() {
  const mpi::Place place = mpi::place();
  return {.world = "mpi", .process = place.process, .processes = place.processes, .first_trouble = mpi::first_trouble};
}

Crew tcp_crew(const StartedAs& started, const ProcessPlacement& meeting, const std::string& listen, double timeout_s,
              const tcp::Watch& watch) {
  const std::string everywhere = tcp::is_loopback(meeting.address) ? meeting.address : "0.0.0.0";
  const tcp::RendezvousOptions rendezvous{
      .listen = listen.empty() ? everywhere : listen,
      .port = meeting.port,
      .size = started.processes,
      .timeout_s = timeout_s,
      .say = [](const std::string& text) { fmt::print(stderr, "tandem: {}\n", text); }};
  auto company = std::make_shared<tcp::Company>(started.process, rendezvous, meeting.address, meeting.secret, watch);
  const auto place = [=, process = started.process](Run& run, int ranks) {
    run.listen = rendezvous.listen;
    run.placement = meeting;
    run.placement->first_rank = process;
    run.placement->ranks = process < ranks ? 1 : 0;
  };
  return {.world = "tcp",
          .process = started.process,
          .processes = started.processes,
          .first_trouble = [company](const std::string& mine) { return company->first_trouble(mine); },
          .place = place};
}

void in_agreement(const Crew& crew, const std::function<void()>& work) {
  std::string trouble;
  try {
    work();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  trouble = crew.first_trouble(trouble);
  if (!trouble.empty()) throw UsageError(trouble);
}

void skip_what_a_crew_cannot_run(Prepared& prepared, const std::string& world, int processes) {
  std::erase_if(prepared.runs, [&](const Run& run) {
    const std::optional<std::string> reason = obstacle(run, world, processes);
    if (!reason) return false;
    for (Point& point : prepared.points) {
      if (point.factors == run.factors) point.skipped = reason;
    }
    return true;
  });
}

void execute_in_crew(const Crew& crew, const Run& run) {
  const bool writes = crew.process == 0;
  in_agreement(crew, [&] {
    if (writes) std::filesystem::create_directories(run.directory);
  });
  Run placed = run;
  const int ranks = ranks_of(run);
  if (crew.place) crew.place(placed, ranks);
  std::string failure;
  try {
    // Every process of an MPI job takes part in every run; of the others only those with a rank.
    if (crew.world == "mpi" || crew.process < ranks) bring_up(placed);
  } catch (const std::exception& error) {
    failure = error.what();
    // Of an MPI job all hear the same; here each knows what it saw.
    if (!writes && crew.world == "tcp") fmt::print(stderr, "tandem: {}\n", failure);
  }
  in_agreement(crew, [&] {
    if (writes && !failure.empty()) write_result(run, failed_result(run, failure));
  });
}

Ran run_in_crew(const Crew& crew, const std::vector<Run>& runs, const RunEvents& events) {
  const bool reports = crew.process == 0;
  Ran ran;
  const auto add = [&](const Run& run, RunResult result) {
    ran.results.push_back(std::move(result));
    if (events.finished) events.finished(run, ran.results.back());
  };
  for (const Run& run : runs) {
    if (reports && events.started) events.started(run);
    const auto started = std::chrono::steady_clock::now();
    try {
      execute_in_crew(crew, run);
      const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      in_agreement(crew, [&] {
        if (reports) add(run, finished(run, wall_s));
      });
    } catch (const RunFailed& error) {
      // A process has gone: what was finished is kept.
      if (!reports) throw;
      add(run, failed_result(run, error.what()));
      write_result(run, ran.results.back());
      break;
    }
  }
  return ran;
}

}  // namespace tandem
