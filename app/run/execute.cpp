#include "app/run/execute.h"

#include <fmt/format.h>

#include <fstream>

#include "algorithms/strategies/strategy.h"
#include "app/launch/mpi_launch.h"
#include "app/launch/started.h"
#include "app/run/assemble.h"
#include "app/run/check.h"
#include "app/run/cpu_idle.h"
#include "app/store/csv.h"
#include "app/store/provenance.h"
#include "app/store/whole_file.h"
#include "app/worlds.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string network_model_text(const Scenario& scenario) {
  const NetworkModel& model = scenario.cluster.network.model;
  return fmt::format("{} (latency x{:g}, bandwidth x{:g}, cross-traffic {}){}", model.name, model.latency_factor,
                     model.bandwidth_factor, model.cross_traffic ? "5 %" : "none",
                     scenario.fidelity == Fidelity::coarse ? ", rings in blocks" : "");
}

// On rank 0, in whichever process that is.
void write_what_came_of_it(const Run& run, const Strategy& strategy, const Job& job,
                           const std::vector<RankRecord>& records, std::optional<double> cpu_idle) {
  RunResult result;
  try {
    check_idle(run.scenario, cpu_idle);
    result = assemble(run.scenario, strategy, job, records);
  } catch (const CheckFailed& error) {
    result = failed_result(run, error.what());
    result.check_failed = true;
  }
  result.factors = run.factors;
  result.repeat = run.repeat;
  write_run_tables(run.directory, result);
  if (run.scenario.save_parameters) {
    const std::string_view bytes(reinterpret_cast<const char*>(result.parameters.data()),
                                 bytes_of(result.parameters.size()));
    write_whole_file(run.directory / "parameters.f32", bytes);
  }
  if (run.scenario.trace) {
    std::vector<std::vector<Span>> spans;
    for (const RankRecord& record : records) spans.push_back(record.spans);
    write_whole_file(run.directory / "trace.json", chrome_trace(spans));
  }
  write_result(run, result);
}

}  // namespace

Job job_of(const Run& run) {
  const Scenario& scenario = run.scenario;
  return make_job(scenario.workload, scenario.strategy, scenario.cluster.workers, scenario.seed, run.data);
}

int ranks_of(const Run& run) {
  return strategy_of(run.scenario.strategy).layout(run.scenario.strategy, run.scenario.cluster.workers).ranks;
}

void bring_up(const Run& run) {
  const Scenario& scenario = run.scenario;
  const World& world = *find_world(scenario.world);
  const Strategy& strategy = strategy_of(scenario.strategy);
  const Job job = job_of(run);
  const SessionOptions session{.timeout_s = wait_limit_s(world, scenario.timeout_s),
                               .payload = scenario.payload,
                               .noise = scenario.cluster.noise,
                               .trace = scenario.trace};
  const WorldOptions options{.ranks = strategy.layout(job.strategy, job.workers).ranks,
                             .payload = scenario.payload,
                             .wire_bytes_per_value = job.model.wire_bytes_per_value,
                             .timeout_s = scenario.timeout_s,
                             .cluster = scenario.cluster,
                             .fidelity = scenario.fidelity,
                             .listen = run.listen,
                             .placement = run.placement};

  const WorldReport report = world.run(options, [&](Endpoint& endpoint) {
    const CpuIdle cpu;
    const std::vector<RankRecord> records = train_and_gather(endpoint, strategy, job, session);
    if (endpoint.rank() == 0) write_what_came_of_it(run, strategy, job, records, cpu.share());
  });
  if (report.event_digest.empty()) return;
  RunResult result = read_result(run.directory);
  result.event_digest = report.event_digest;
  result.network_model = network_model_text(scenario);
  write_result(run, result);
}

RunResult failed_result(const Run& run, const std::string& why) {
  return {.factors = run.factors,
          .scenario = run.scenario.name,
          .world = run.scenario.world,
          .strategy = run.scenario.strategy.name,
          .strategy_label = strategy_label(run.scenario.strategy),
          .workers = run.scenario.cluster.workers,
          .seed = run.scenario.seed,
          .repeat = run.repeat,
          .failure = why};
}

void write_result(const Run& run, const RunResult& result) {
  nlohmann::ordered_json json = {
      {"result", to_json(result)}, {"scenario", to_json(run.scenario)}, {"provenance", provenance()}};
  write_whole_file(run.directory / "run.json", text_of(json) + "\n");
}

RunResult read_result(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "run.json";
  std::ifstream file(path);
  if (!file) throw UsageError(fmt::format("{}: cannot be read", path.string()));
  try {
    RunResult result = run_result_from_json(nlohmann::ordered_json::parse(file).at("result"));
    read_run_tables(directory, result);
    return result;
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(fmt::format("{}: is not a run's record: {}", path.string(), error.what()));
  }
}

std::optional<RunResult> finished_result(const Run& run) {
  if (!std::filesystem::exists(run.directory / "run.json")) return std::nullopt;
  try {
    RunResult result = read_result(run.directory);
    // The runner writes the wall time last, when the run's process has ended well.
    if (result.failure.empty() && result.wall_s > 0) return result;
  } catch (const UsageError&) {
    // A record that cannot be read is none.
  }
  return std::nullopt;
}

void execute(const Run& run) {
  std::filesystem::create_directories(run.directory);
  try {
    if (run.scenario.world == "mpi") {
      if (const auto started = started_as(); started && started->by_mpi)
        throw RunFailed("this process is a rank of an MPI job: it starts no other job");
      write_order(run);
      become(mpirun_line(run));
    }
    bring_up(run);
  } catch (const CheckFailed& error) {
    RunResult result = failed_result(run, error.what());
    result.check_failed = true;
    write_result(run, result);
  } catch (const std::exception& error) {
    write_result(run, failed_result(run, error.what()));
  }
}

}  // namespace tandem
