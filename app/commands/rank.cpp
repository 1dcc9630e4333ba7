#include "app/commands/rank.h"

#include <CLI/CLI.hpp>

#include "app/commands/command.h"
#include "app/commands/doctor.h"
#include "app/commands/run.h"
#include "app/launch/launch_group.h"
#include "app/run/run_in_group.h"
#include "app/scenario/loader.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"
#include "core/process/child.h"

namespace tandem {

void add_rank(CLI::App& app, RankOptions& options) {
  CLI::App* rank = app.add_subcommand("rank", "One process of a run in the mpi world, or of run --hosts")->group("");
  rank->add_option("directory", options.directory, "The folder of the run; without it, one message is exchanged");
  rank->add_flag("--join", options.joins, "Read what to join from standard input");
}

namespace {

/// How long processes of the job wait for each other. A mistake in the order is reported when all are there.
double timeout_of(const std::filesystem::path& directory) {
  try {
    const RunOrder order = read_run_order(directory);
    return parse_plan(order.text, order.file, order.overrides).points.at(0).scenario.timeout_s;
  } catch (const UsageError&) {
    return Scenario().timeout_s;
  }
}

}  // namespace

int rank_command(const RankOptions& options) {
  if (options.joins) return join_command();
  die_with_parent();
  if (options.directory.empty()) {
    exchange_a_message(world_of_a_launcher());
    return kSuccess;
  }
  const LaunchGroup group = join_mpi_job(timeout_of(options.directory));
  return report_once(group.is_first(), [&] {
    Prepared prepared;
    RunOrder order;
    in_agreement(group, [&] {
      order = read_run_order(options.directory);
      prepared = prepare_ordered_run(order, options.directory);
    });
    Run& run = prepared.runs.front();
    if (agree_on_attempt(group, run, order.attempt)) execute_in_group(group, run);
    return int{kSuccess};
  });
}

}  // namespace tandem
