// How work is dealt out to hosts of unlike speeds: what a step takes, who computes how much, and that the gradient is
// the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

constexpr std::size_t kTimedSteps = 3;
constexpr double kFlopsPerSample = 1e9;

/// So many samples per step on hosts of these speeds, in Gflop/s, on a network that takes no time.
Scenario on_hosts(const std::string& strategy, const std::vector<double>& speeds, std::size_t batch) {
  Scenario scenario = phantom(strategy, static_cast<int>(speeds.size()), 1, 1, kFlopsPerSample);
  scenario.workload.batch = {.global = batch};
  scenario.workload.stop = {.steps = kTimedSteps};
  scenario.cluster.network.bandwidth_bytes_per_s = 1e15;
  scenario.cluster.network.latency_s = 0;
  for (int worker = 0; worker < static_cast<int>(speeds.size()); ++worker) {
    scenario.cluster.hosts.push_back(
        {.workers = worker, .speed_flops_per_s = speeds[static_cast<std::size_t>(worker)] * 1e9});
  }
  return scenario;
}

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }
double slowest_of(const std::vector<double>& speeds) { return *std::min_element(speeds.begin(), speeds.end()); }

/// How much longer than the mean the longest computes, where all hosts have as much to do.
double imbalance_of(const std::vector<double>& speeds) {
  double times = 0;
  for (const double speed : speeds) times += 1 / speed;
  return 1 / slowest_of(speeds) / (times / static_cast<double>(speeds.size())) - 1;
}

/// A step in which every host takes the next task as soon as it has none.
double greedy_s(const std::vector<double>& speeds, std::size_t tasks, double samples_per_task) {
  std::vector<double> ends(speeds.size(), 0);
  for (std::size_t task = 0; task < tasks; ++task) {
    std::size_t next = 0;
    for (std::size_t host = 1; host < speeds.size(); ++host) {
      if (ends[host] < ends[next]) next = host;
    }
    ends[next] += samples_per_task / speeds[next];
  }
  return *std::max_element(ends.begin(), ends.end());
}

TEST(Work, DealtOutEvenlyTakesTheSlowest) {
  for (const std::vector<double>& speeds : {std::vector<double>{10, 20, 30, 40}, {10}, {7, 7, 7}, {1, 2, 3, 5, 8}}) {
    const std::size_t each = 20, n = speeds.size();
    const RunResult even = run(on_hosts("allreduce", speeds, each * n));
    EXPECT_NEAR(even.time_s / kTimedSteps, each / slowest_of(speeds), 1e-6) << "W / (n min s)";
    EXPECT_NEAR(even.imbalance, imbalance_of(speeds), 1e-6);
  }
}

TEST(Work, DealtOutBySpeedTakesTheSumOfSpeeds) {
  for (const std::vector<double>& speeds : {std::vector<double>{10, 20, 30, 40}, {10}, {7, 7, 7}, {1, 2, 3, 5, 8}}) {
    const auto samples = static_cast<std::size_t>(2 * sum_of(speeds));
    Scenario scenario = on_hosts("allreduce", speeds, samples);
    scenario.workload.partition = Partitioning::speed;
    const RunResult result = run(scenario);
    EXPECT_NEAR(result.time_s / kTimedSteps, 2, 1e-6) << "W / sum s";
    EXPECT_NEAR(result.imbalance, 0, 1e-6);
    EXPECT_NEAR(result.idle_share, 0, 1e-6);
  }
}

TEST(MasterWorker, DealsOutOnRequest) {
  for (const std::vector<double>& speeds : {std::vector<double>{10, 20, 30, 40}, {10}, {1, 1, 1}, {1, 10, 10}}) {
    for (const std::size_t tasks : {1U, 7U, 20U}) {
      const std::string strategy = fmt::format("{{name: master-worker, tasks: {}, reassign: false}}", tasks);
      const RunResult result = run(on_hosts(strategy, speeds, 5 * tasks));
      EXPECT_NEAR(result.time_s / kTimedSteps, greedy_s(speeds, tasks, 5), 1e-6) << strategy;
      EXPECT_LE(result.time_s / kTimedSteps,
                5 * static_cast<double>(tasks) / sum_of(speeds) + 5 / slowest_of(speeds) + 1e-6);
    }
  }
}

TEST(MasterWorker, TakesTasksFromTheSlow) {
  // The slow host takes ten times as long for its one task as the others for all of theirs.
  const std::vector<double> speeds{0.05, 10, 10, 10};
  const double slow_s = run(on_hosts("{name: master-worker, tasks: 12, reassign: false}", speeds, 120)).time_s;
  const RunResult taken = run(on_hosts("{name: master-worker, tasks: 12}", speeds, 120));
  EXPECT_NEAR(slow_s, kTimedSteps * 10 / 0.05, 1e-3);
  // Twelve tasks on three hosts take four rounds of a second, and one more where a host has taken over what another was
  // about to end. The run ends when the slow host is through with what nobody waits for.
  ASSERT_EQ(taken.step_rows.size(), kTimedSteps);
  EXPECT_GT(taken.step_rows.back().time_s, kTimedSteps * 4.0 - 1e-3);
  EXPECT_LT(taken.step_rows.back().time_s, kTimedSteps * 5.0 + 1e-3);
  EXPECT_LT(taken.time_s, 1.01 * 10 / 0.05);
}

TEST(MasterWorker, EndsWithTheSameBitsWhoeverComputesWhat) {
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  std::string digest;
  for (const int workers : {1, 2, 5}) {
    for (const std::string& world : worlds_for(workers)) {
      for (const char* reassign : {"true", "false"}) {
        Scenario scenario =
            small_mlp(fmt::format("{{name: master-worker, tasks: 7, reassign: {}}}", reassign), workers, world);
        scenario.cluster.hosts = {{.workers = 0, .speed_flops_per_s = 1e7}};
        const RunResult result = run(scenario);
        if (digest.empty()) digest = result.parameters_sha256;
        EXPECT_EQ(result.parameters_sha256, digest) << world << ", " << workers;
        EXPECT_NEAR(result.train_loss, oracle.train_loss, 1e-5);
        EXPECT_EQ(result.samples, oracle.samples);
      }
    }
  }
}

TEST(MasterWorker, SendsATaskAndAGradientForEach) {
  // Five workers of one speed: each has work in each step.
  constexpr std::uint64_t kTasks = 13, kWorkers = 5, kParameters = 794;
  Scenario scenario = small_mlp("{name: master-worker, tasks: 13, reassign: false}", kWorkers, "sim");
  scenario.cluster.speed_flops_per_s = 1e6;
  const RunResult result = run(scenario);
  EXPECT_EQ(result.messages_sent, result.steps * (2 * kTasks + kWorkers) + kWorkers);
  EXPECT_EQ(result.bytes_sent, result.steps * (kTasks + kWorkers) * kParameters * 4);
}

TEST(WorkStealing, EndsBetweenTheSumOfSpeedsAndASlowTaskMore) {
  for (const std::vector<double>& speeds :
       {std::vector<double>{10, 20, 30, 40}, {10}, {1, 1, 1}, {1, 10, 10}, {2, 40, 40, 40, 40}}) {
    const std::size_t tasks = 16 * speeds.size();
    const std::string strategy = fmt::format("{{name: work-stealing, tasks: {}}}", tasks);
    const RunResult result = run(on_hosts(strategy, speeds, 5 * tasks));
    const double least_s = 5 * static_cast<double>(tasks) / sum_of(speeds);
    EXPECT_GE(result.time_s / kTimedSteps, least_s * (1 - 1e-9)) << strategy;
    EXPECT_LE(result.time_s / kTimedSteps, least_s + 5 / slowest_of(speeds) + 1e-6) << strategy;
    EXPECT_EQ(result.samples, kTimedSteps * 5 * tasks);
  }
}

// Everybody asks everybody once, a worker asks and is given each task, and is told once that there is none left.
TEST(WorkStealing, OfEqualHostsGivesNothingAwayButQuestions) {
  constexpr std::uint64_t kWorkers = 3, kTasks = 12;
  const RunResult result = run(on_hosts("{name: work-stealing, tasks: 12}", {10, 10, 10}, 24));
  EXPECT_NEAR(result.time_s / kTimedSteps, 24 / 30.0, 1e-6);
  constexpr std::uint64_t kRing = kWorkers * 2 * (kWorkers - 1), kQuestions = kWorkers * (kWorkers - 1);
  EXPECT_EQ(result.messages_sent, kTimedSteps * (kRing + kQuestions + 2 * (kTasks + kWorkers)));
}

// One is the slowest by far: the others compute all of its tasks but the first, and each is computed once.
TEST(WorkStealing, TakesFromOneWhoIsSlowAllThatIsNotBegun) {
  const RunResult result = run(on_hosts("{name: work-stealing, tasks: 30}", {0.01, 10, 10}, 30));
  const double slow_task_s = 1 / 0.01;
  EXPECT_NEAR(result.time_s / kTimedSteps, slow_task_s, 0.01 * slow_task_s);
  EXPECT_EQ(result.samples, kTimedSteps * 30);
}

TEST(WorkStealing, TakesTheSameStepToRounding) {
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  for (const int workers : {1, 3, 8}) {
    for (const std::string& world : worlds_for(workers)) {
      for (const int tasks : {1, 11}) {
        const RunResult result =
            run(small_mlp(fmt::format("{{name: work-stealing, tasks: {}}}", tasks), workers, world));
        EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5)
            << world << ", " << workers << " workers, " << tasks << " tasks";
      }
    }
  }
}

TEST(Work, RefusesWhatHasNoMeaning) {
  const auto refusal = [](const std::string& text, Partitioning partition, std::optional<double> stop_loss = {}) {
    Scenario scenario = small_mlp(text, 3, "sim");
    scenario.workload.partition = partition;
    scenario.workload.stop.loss = stop_loss;
    static const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = make_job(scenario.workload, scenario.strategy, 3, 7, &data);
    return strategy_of(job.strategy).refusal(job).value_or("");
  };
  for (const char* name : {"master-worker", "work-stealing"}) {
    EXPECT_EQ(refusal(name, Partitioning::range), "");
    EXPECT_NE(refusal(fmt::format("{{name: {}, tasks: 27}}", name), Partitioning::range).find("more than the 26"),
              std::string::npos);
    EXPECT_NE(refusal(name, Partitioning::hash).find("nothing to partition"), std::string::npos);
  }
  EXPECT_NE(refusal("work-stealing", Partitioning::range, 0.1).find("stop.loss"), std::string::npos);
  EXPECT_EQ(refusal("master-worker", Partitioning::range, 0.1), "");
}

}  // namespace
}  // namespace tandem::laws
