#include "app/commands/measure.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "app/launch/hostfile.h"
#include "app/launch/launch_group.h"
#include "app/launch/started.h"
#include "app/run/emulation.h"
#include "app/scenario/loader.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"

namespace tandem {
namespace {

Scenario scenario_with(const std::string& cluster, const Measurement& measurement,
                       const std::vector<std::string>& overrides) {
  const std::string text = fmt::format(
      "tandem: 1\nname: {}\nquestion: {}\n"
      "workload: {{model: {{name: linear}}, batch: {{global: 1}}, stop: {{steps: 1}}}}\ncluster: {{{}}}\n",
      measurement.command, measurement.question, cluster);
  return parse_plan(text, measurement.command, overrides).points.front().scenario;
}

// Two ranks, unless the file of a cluster says how many it has.
Scenario scenario_of(const Measurement& measurement, const std::vector<std::string>& overrides) {
  const bool is_from_file =
      std::ranges::any_of(overrides, [](const std::string& override) { return override.starts_with("cluster.from="); });
  Scenario scenario = scenario_with(is_from_file ? "" : "workers: 2", measurement, overrides);
  if (is_from_file && scenario.cluster.workers < 2) scenario = scenario_with("workers: 2", measurement, overrides);
  world_of_this_build(scenario.world);
  return scenario;
}

void check_hostfile_of(const std::string& hostfile, const Scenario& scenario, bool is_by_mpi) {
  if (hostfile.empty()) return;
  if (scenario.traits().started_by != StartedBy::launcher)
    throw UsageError(
        fmt::format("--hostfile is for the {0} world (-w {0}), not {1}", world_of_a_launcher().name, scenario.world));
  if (!is_by_mpi) check_hostfile(hostfile);
}

std::string all_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

}  // namespace

void add_measured_world(CLI::App& command, MeasureOptions& options, const std::string& example,
                        const std::string& ranks_doc) {
  add_overrides(command, options.overrides, fmt::format("A key of a scenario: -s {} (repeatable)", example));
  add_key(command, options.overrides, "-w,--world", "world",
          fmt::format("The world to measure in (default: {})", default_world().name));
  add_key(command, options.overrides, "-n,--ranks", "cluster.workers",
          ranks_doc + " (default: those of cluster.from, or 2)");
}

int measure_world(const MeasureOptions& options, const Measurement& measurement) {
  require_alone(measurement.command, /*or_by_mpi=*/false);
  const std::optional<StartedAs> started = started_as();
  const bool is_by_mpi = started && started->by_mpi;
  // This is one of several processes of an MPI job; a job of one needs no agreement.
  const bool is_in_job = is_by_mpi && started->processes > 1;
  const bool is_first = !is_in_job || started->process == 0;
  return report_once(is_first, [&]() -> int {
    Scenario scenario;
    const auto load = [&] {
      scenario = scenario_of(measurement, options.overrides);
      if (is_in_job && scenario.traits().started_by != StartedBy::launcher) {
        throw UsageError(fmt::format("in an MPI job only the {0} world runs, not {1}: -w {0}",
                                     world_of_a_launcher().name, scenario.world));
      }
      check_hostfile_of(options.mpirun.hostfile, scenario, is_by_mpi);
      measurement.check(scenario, is_first);
    };
    is_in_job ? in_agreement(join_mpi_job(Scenario().timeout_s), load) : load();
    if (scenario.traits().started_by == StartedBy::launcher && !is_by_mpi)
      return run_mpirun(options.mpirun, scenario.cluster.workers, options.arguments, scenario.timeout_s).code;

    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> found(std::tmpfile(), std::fclose);
    if (found == nullptr) throw RunFailed("no temporary file can be made");
    if (is_first && measurement.begin) measurement.begin(scenario);
    std::fflush(stdout);
    scenario.traits().run({.ranks = scenario.cluster.workers,
                           .payload = scenario.payload,
                           .timeout_s = scenario.timeout_s,
                           .cluster = emulated_cluster(scenario.cluster, scenario.cluster.workers),
                           .fidelity = scenario.fidelity,
                           .flows = scenario.flows},
                          [&](Endpoint& endpoint) {
                            measurement.measure(scenario, endpoint, found.get());
                            std::fflush(found.get());
                          });
    return is_first ? measurement.report(scenario, all_of(found.get())) : int{kSuccess};
  });
}

}  // namespace tandem
