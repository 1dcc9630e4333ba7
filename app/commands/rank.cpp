#include "app/commands/rank.h"

#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "app/commands/doctor.h"
#include "app/commands/run.h"
#include "app/launch/crew.h"
#include "app/launch/mpi_launch.h"
#include "app/worlds.h"
#include "core/errors.h"
#include "real/mpi/world.h"

namespace tandem {

void add_rank(CLI::App& app, RankOptions& options) {
  CLI::App* rank = app.add_subcommand("rank", "One process of a run in the mpi world, or of run --hosts")->group("");
  rank->add_option("directory", options.directory, "The folder of the run; without it, one message is exchanged");
  rank->add_flag("--join", options.joins, "Read what to join from standard input");
}

int rank_command(const RankOptions& options) {
  if (options.joins) return join_command();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (options.directory.empty()) {
    exchange_a_message(*find_world("mpi"));
    return 0;
  }
  try {
    Prepared prepared;
    const Crew crew = mpi_crew();
    in_agreement(crew, [&] { prepared = read_order(options.directory); });
    execute_in_crew(crew, prepared.runs.front());
    return 0;
  } catch (const UsageError&) {
    constexpr int kUsage = 2;
    if (mpi::place().process != 0) return kUsage;
    throw;
  }
}

}  // namespace tandem
