#include "app/run/execute.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "algorithms/exchanges/backup_option.h"
#include "algorithms/strategies/strategy.h"
#include "app/launch/started.h"
#include "app/run/assemble.h"
#include "app/run/check.h"
#include "app/run/cpu_idle.h"
#include "app/run/emulation.h"
#include "app/run/hangs.h"
#include "app/run/lives.h"
#include "app/run/recovery.h"
#include "app/run/timeline.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/store/journal.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/counted.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string network_model_text(const Scenario& scenario) {
  const NetworkModel& model = scenario.cluster.network.model;
  return fmt::format("{} (latency x{:g}, bandwidth x{:g}{}, cross-traffic {}){}", model.name, model.latency_factor,
                     model.bandwidth_factor, model.size_factors.empty() ? "" : " and by size",
                     model.cross_traffic ? "5 %" : "none",
                     scenario.fidelity == Fidelity::coarse ? ", rounds in blocks" : "");
}

RunResult unbelievable_result(const Run& run, const std::string& why) {
  RunResult result = failed_result(run, why);
  result.check_failed = true;
  return result;
}

// Where nobody hears of all, each death may have been survived, but not all of them.
std::optional<std::string> too_many_deaths(const Job& job, const std::vector<RankRecord>& records) {
  const auto has_died = [](const RankRecord& record) { return record.has_died; };
  const auto servers = records.begin() + std::min<std::ptrdiff_t>(job.workers, std::ssize(records));
  const auto dead = std::count_if(records.begin(), servers, has_died);
  const int most = deaths_survived(job.strategy);
  if (dead > most)
    return fmt::format("{} of {} workers have died, and the run survives the death of {}", dead, job.workers, most);
  // Each server's replica comes half of them after it.
  const auto each = (records.end() - servers) / 2;
  for (auto server = servers; has_replicas(job.strategy) && server != servers + each; ++server) {
    if (server->has_died && (server + each)->has_died)
      return fmt::format("server {} has died, and so has its replica", server - servers);
  }
  return std::nullopt;
}

RunResult result_of(const Run& run, const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records,
                    const Membership& membership, std::optional<double> cpu_idle) {
  if (const auto why = too_many_deaths(job, records)) return failed_result(run, *why);
  try {
    check_idle(run.scenario, cpu_idle);
    RunResult result = assemble(run.scenario, strategy, job, records, membership);
    result.factors = run.factors;
    result.repeat = run.repeat;
    return result;
  } catch (const CheckFailed& error) {
    return unbelievable_result(run, error.what());
  }
}

void write_what_was_asked_for(const Run& run, const Job& job, const RunResult& result,
                              const std::vector<RankRecord>& records) {
  if (run.scenario.save_parameters) {
    const std::string_view bytes(reinterpret_cast<const char*>(result.parameters.data()),
                                 bytes_of(result.parameters.size()));
    write_whole_file(run.directory / "parameters.f32", bytes);
  }
  if (run.scenario.trace) {
    std::vector<std::vector<Span>> spans;
    for (const RankRecord& record : records) spans.push_back(record.spans);
    write_whole_file(run.directory / "trace.json", chrome_trace(spans));
    std::vector<std::string> roles;
    for (const RankResult& rank : result.rank_rows) roles.push_back(rank.role);
    const std::string label = fmt::format("{} in {}, {}", strategy_label(run.scenario.strategy), run.scenario.world,
                                          counted(run.scenario.cluster.workers, "worker"));
    const Cluster& cluster = run.scenario.cluster;
    // A topology joins as many ranks as the run began with: not those that are left of them.
    const bool has_links =
        run.scenario.has_links() && cluster.platform.empty() && spans.size() == static_cast<std::size_t>(ranks_of(run));
    write_whole_file(run.directory / "timeline.json",
                     timeline_json(spans, roles,
                                   {.run = label,
                                    .has_one_clock = run.scenario.traits().has_one_clock,
                                    .wire_bytes_per_byte = job.model.wire_bytes(1),
                                    .cluster = has_links ? &cluster : nullptr}));
  }
}

// Rank 0 gathers the result.
Range mortal_ranks(const Job& job, int ranks) {
  const auto workers = static_cast<std::size_t>(job.workers);
  if (!outlives_deaths(job.strategy)) return {};
  return {deaths_survived(job.strategy) > 0 ? 1 : workers,
          has_replicas(job.strategy) ? static_cast<std::size_t>(ranks) : workers};
}

// In simulated time nobody need be given up, unless the scenario keeps ranks from answering.
double limit_of_waits_s(const Scenario& scenario) {
  const auto& losses = scenario.cluster.network.losses;
  const bool has_outages =
      std::any_of(losses.begin(), losses.end(), [](const PacketLoss& loss) { return loss.is_outage(); });
  if (has_outages || !hangs_of(scenario).empty()) return scenario.timeout_s;
  return wait_limit_s(scenario.traits(), scenario.timeout_s);
}

}  // namespace

Job job_of(const Scenario& scenario, const Dataset* data) {
  const Cluster& cluster = scenario.cluster;
  std::vector<double> speeds;
  for (int worker = 0; worker < cluster.workers; ++worker) speeds.push_back(cluster.speed_of(worker));
  Job job = make_job(scenario.workload, scenario.strategy, cluster.workers, scenario.seed, data, cluster.ranks_per_node,
                     speeds);
  cut_layers(job);
  return job;
}

Job job_of(const Run& run) { return job_of(run.scenario, run.data); }

int ranks_of(const Run& run) {
  return strategy_of(run.scenario.strategy).layout(run.scenario.strategy, run.scenario.cluster.workers).ranks;
}

std::vector<std::string> rank_arguments(const Run& run) { return {"rank", std::filesystem::absolute(run.directory)}; }

void bring_up(const Run& run) {
  const Scenario& scenario = run.scenario;
  const World& world = scenario.traits();
  const Strategy& strategy = strategy_of(scenario.strategy);
  const Job job = job_of(run);
  Attempt attempt = run.attempt ? *run.attempt : first_attempt(run);
  for (const JournalEntry& entry : Journal(run.directory).read()) {
    if (entry.workers > 0) attempt.membership.workers_before.insert(entry.workers);
  }
  const std::optional<CheckpointPlan> checkpoints = plan_checkpoints(scenario, strategy, job, run.directory, attempt);
  const int ranks = ranks_of(run);
  std::vector<RankRecord> records;  // each is filled in when its rank ends
  for (int rank = 0; rank < ranks; ++rank) records.push_back({.rank = rank, .has_died = true});
  const SessionOptions session{.timeout_s = limit_of_waits_s(scenario),
                               .payload = scenario.payload,
                               .noise = scenario.cluster.noise,
                               .trace = scenario.trace,
                               .begin_together = world.has_one_clock,
                               .records = world.has_one_clock ? &records : nullptr,
                               .checkpoints = checkpoints ? &*checkpoints : nullptr};
  const WorldOptions options{.ranks = ranks,
                             .payload = scenario.payload,
                             .wire_bytes_per_value = job.model.wire_bytes_per_value,
                             .timeout_s = scenario.timeout_s,
                             .cluster = emulated_cluster(scenario.cluster, ranks),
                             .fidelity = scenario.fidelity,
                             .flows = scenario.flows,
                             .listen = run.listen,
                             .placement = run.placement,
                             .mortal = mortal_ranks(job, ranks)};

  // Rank 0 assembles the result, unless all ranks leave their records here. If it is another process, this one does not
  // see the result, and rank 0 hands it over itself.
  const pid_t here = getpid();
  std::optional<RunResult> result;
  const auto assemble_from = [&](const std::vector<RankRecord>& of_all, std::optional<double> cpu_idle) {
    RunResult assembled = result_of(run, strategy, job, of_all, attempt.membership, cpu_idle);
    if (scenario.checkpoint || scenario.recovery || has_failures(scenario) || !scenario.elastic.empty() ||
        scenario.membership || run.resume)
      add_costs(Journal(run.directory).read(), assembled);
    write_what_was_asked_for(run, job, assembled, of_all);
    if (getpid() != here) return hand_over(run.directory, assembled);
    result = std::move(assembled);
  };
  const WorldReport report = world.run(options, [&](Endpoint& endpoint) {
    std::optional<CpuIdle> cpu;
    if (session.records == nullptr) cpu.emplace();
    const std::vector<RankRecord> gathered = train_and_gather(endpoint, strategy, job, session);
    if (!gathered.empty()) assemble_from(gathered, cpu->share());
  });
  if (session.records != nullptr) assemble_from(records, std::nullopt);
  if (!result) return;
  if (world.predicts) {
    result->event_digest = report.event_digest;
    result->network_model = network_model_text(scenario);
  }
  hand_over(run.directory, *result);
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

int execute(const Run& run) {
  std::filesystem::create_directories(run.directory);
  try {
    if (run.scenario.traits().started_by == StartedBy::launcher) {
      if (const auto started = started_as(); started && started->by_mpi)
        throw RunFailed("this process is a rank of an MPI job: it starts no other job");
      return has_several_attempts(run.scenario) ? bring_up_through_failures(run, lives_by_launcher(run))
                                                : live_by_launcher_once(run);
    }
    if (has_several_attempts(run.scenario)) {
      bring_up_through_failures(run, lives_in_processes());
    } else {
      bring_up(run);
    }
  } catch (const CheckFailed& error) {
    hand_over(run.directory, unbelievable_result(run, error.what()));
  } catch (const std::exception& error) {
    hand_over(run.directory, failed_result(run, error.what()));
  }
  return 0;
}

}  // namespace tandem
