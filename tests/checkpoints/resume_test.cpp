// A run that goes on from a checkpoint ends with the bits of one that was never interrupted.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

struct Case {
  std::string label;
  std::string strategy;
  int workers;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.label; }

Scenario with_checkpoints(const Case& c, const std::string& world) {
  Scenario scenario = small_mlp(c.strategy, c.workers, world);
  scenario.workload.optimizer = {.kind = OptimizerKind::adam, .lr = 0.01};
  scenario.workload.optimizer.schedule = {.kind = ScheduleKind::cosine, .warmup_steps = 2};
  scenario.workload.evaluate_every = 2;
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .keep = 100};
  return scenario;
}

void expect_same(const RunResult& resumed, const RunResult& whole) {
  EXPECT_EQ(resumed.parameters_sha256, whole.parameters_sha256);
  EXPECT_EQ(resumed.steps, whole.steps);
  EXPECT_EQ(resumed.samples, whole.samples);
  EXPECT_EQ(resumed.bytes_sent, whole.bytes_sent);
  EXPECT_EQ(resumed.messages_sent, whole.messages_sent);
  ASSERT_EQ(resumed.step_rows.size(), whole.step_rows.size());
  for (std::size_t i = 0; i < whole.step_rows.size(); ++i) {
    EXPECT_EQ(resumed.step_rows[i].train_loss, whole.step_rows[i].train_loss) << "row " << i;
  }
}

class Resume : public testing::TestWithParam<Case> {};

TEST_P(Resume, AtEveryStepInEveryWorldHasTheSameBits) {
  const std::vector<std::string> worlds = runnable_worlds();
  const TemporaryFolder folder;
  std::size_t turn = 0;
  for (const std::string& world : {std::string("threads"), std::string("sim")}) {
    const Scenario scenario = with_checkpoints(GetParam(), world);
    const std::filesystem::path whole_folder = folder.path() / ("whole-" + world);
    std::filesystem::create_directories(whole_folder);
    const RunResult whole = run_in(whole_folder, scenario);
    ASSERT_EQ(whole.parameters_sha256.size(), 64U);
    EXPECT_EQ(whole.checkpoints, 6);
    EXPECT_GT(whole.checkpoint_bytes, 0);
    for (std::size_t step = 1; step <= 6; ++step) {
      const std::string& into = worlds[turn++ % worlds.size()];
      SCOPED_TRACE(fmt::format("{} into {} after step {}", world, into, step));
      const std::filesystem::path place = folder.path() / fmt::format("{}-{}", world, step);
      std::filesystem::create_directories(place);
      const RunResult resumed = run_in(place, with_checkpoints(GetParam(), into),
                                       whole_folder / "checkpoints" / fmt::format("step-{:08}", step));
      expect_same(resumed, whole);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, Resume,
                         testing::Values(Case{"single", "single", 1}, Case{"ring", "{name: allreduce}", 3},
                                         Case{"overlap", "{name: allreduce, bucket: 512B, overlap: true}", 2},
                                         Case{"local_sgd", "{name: local-sgd, period: 4}", 3},
                                         Case{"one_bit_adam",
                                              "{name: one-bit-adam, bucket: 512B, overlap: true, codec: {name: sign, "
                                              "warm_up: 3}}",
                                              2},
                                         Case{"servers", "{name: ps-sync, servers: 3}", 2},
                                         Case{"colocated", "{name: ps-sync, servers: 2, placement: colocated}", 2},
                                         Case{"pipeline", "{name: pipeline, microbatches: 3}", 3}),
                         [](const auto& test) { return test.param.label; });

TEST(Checkpoints, ChangeNoBitsAndNoTraffic) {
  for (const bool blocking : {true, false}) {
    for (const std::string& world : runnable_worlds()) {
      Scenario scenario = small_mlp("{name: allreduce}", 3, world);
      const RunResult without = run(scenario);
      scenario.checkpoint = CheckpointSpec{.every = {.steps = 2}, .blocking = blocking};
      const RunResult with = run(scenario);
      EXPECT_EQ(with.parameters_sha256, without.parameters_sha256) << world;
      EXPECT_EQ(with.bytes_sent, without.bytes_sent) << world;
      EXPECT_EQ(with.checkpoints, 3) << world;
    }
  }
}

TEST(Checkpoints, TheLastOnesAreKept) {
  const TemporaryFolder folder;
  Scenario scenario = small_mlp("{name: allreduce}", 2, "threads");
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .keep = 2};
  run_in(folder.path(), scenario);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "checkpoints")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"step-00000005", "step-00000006"}));
}

// Workers of different speeds, so that gradients are stale by different amounts.
Scenario asynchronous(const std::string& strategy) {
  Scenario scenario = small_mlp(strategy, 3, "sim");
  scenario.cluster.speed_flops_per_s = 1e6;
  scenario.cluster.hosts = {{.workers = 1, .speed_flops_per_s = 0.37e6}};
  scenario.cluster.noise = Noise{.kind = NoiseKind::exponential, .mean_s = 5e-3};
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 2}, .keep = 10};
  return scenario;
}

TEST(Resume, AsynchronousInSimHasTheSameBits) {
  for (const char* strategy : {"{name: ps-async}", "{name: ps-async, servers: 2, staleness: 1}",
                               "{name: ps-async, servers: 2, placement: colocated}", "{name: backup-workers}",
                               "{name: backup-workers, placement: colocated}"}) {
    const TemporaryFolder folder;
    const std::filesystem::path first = folder.path() / "whole";
    std::filesystem::create_directories(first);
    const Scenario scenario = asynchronous(strategy);
    const RunResult whole = run_in(first, scenario);
    for (const std::size_t step : {2, 4, 6}) {
      SCOPED_TRACE(fmt::format("{} after step {}", strategy, step));
      const std::filesystem::path place = folder.path() / fmt::format("{}", step);
      std::filesystem::create_directories(place);
      const RunResult resumed = run_in(place, scenario, first / "checkpoints" / fmt::format("step-{:08}", step));
      EXPECT_EQ(resumed.parameters_sha256, whole.parameters_sha256);
      EXPECT_EQ(resumed.steps, whole.steps);
      EXPECT_EQ(resumed.samples, whole.samples);
      EXPECT_EQ(resumed.bytes_sent, whole.bytes_sent);
      EXPECT_EQ(resumed.staleness_counts, whole.staleness_counts);
      EXPECT_NEAR(resumed.time_s, whole.time_s, 1e-9 * whole.time_s);
    }
  }
}

TEST(Checkpoints, InSimTakeTheTimeThatTheStoreTakes) {
  // 1e6 float32 and as many moments of Adam twice: 12 MB, at 1.2 GB/s 10 ms.
  Scenario scenario = phantom("{name: allreduce}", 2, 1'000'000, 4, 1e6);
  scenario.workload.optimizer.kind = OptimizerKind::adam;
  const double without_s = run(scenario).time_s;
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .bandwidth_bytes_per_s = 1.2e9};
  const RunResult with = run(scenario);
  EXPECT_EQ(with.checkpoint_bytes, 3 * (12e6 + 2 * sizeof(std::int64_t)));
  // A report and a release beside it: 50 us are far more than they take.
  EXPECT_NEAR(with.checkpoint_s, 3 * 10e-3, 3 * 50e-6);
  EXPECT_NEAR(with.time_s, without_s + 3 * 10e-3, 3 * 100e-6);
}

}  // namespace
}  // namespace tandem::laws
