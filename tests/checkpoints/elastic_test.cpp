// The number of workers changes while they train: by plan, by resuming with another number, or because one has failed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/store/journal.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

namespace fs = std::filesystem;

Scenario elastic(const std::string& strategy, int workers, const std::string& world) {
  Scenario scenario = small_mlp(strategy, workers, world);
  scenario.workload.optimizer = {.kind = OptimizerKind::adam, .lr = 0.01};
  scenario.workload.optimizer.schedule = {.kind = ScheduleKind::cosine, .warmup_steps = 2};
  scenario.workload.evaluate_every = 2;
  return scenario;
}

WorkerChange change(std::size_t step, int workers) { return {.at = FaultTime{.step = step}, .workers = workers}; }

/// In a folder of its own, whose checkpoints stay until this object goes.
class Kept {
 public:
  RunResult run(const Scenario& scenario, const fs::path& from = {}) {
    fs::create_directories(folder());
    return run_in(folder(), scenario, from);
  }
  fs::path folder() const { return folder_.path() / "run"; }

 private:
  TemporaryFolder folder_;
};

void expect_same(const RunResult& resumed, const RunResult& whole) {
  EXPECT_EQ(resumed.parameters_sha256, whole.parameters_sha256);
  EXPECT_EQ(resumed.steps, whole.steps);
  EXPECT_EQ(resumed.samples, whole.samples);
  EXPECT_EQ(resumed.messages_sent, whole.messages_sent);
  EXPECT_EQ(resumed.bytes_sent, whole.bytes_sent);
  ASSERT_EQ(resumed.step_rows.size(), whole.step_rows.size());
  for (std::size_t i = 0; i < whole.step_rows.size(); ++i) {
    EXPECT_EQ(resumed.step_rows[i].train_loss, whole.step_rows[i].train_loss) << "row " << i;
  }
}

const std::vector<std::string> kStrategies = {"{name: allreduce}", "{name: allreduce, collective: binomial-tree}",
                                              "{name: allreduce, bucket: 512B, overlap: true}"};

TEST(Elastic, APlannedChangeHasTheSameBitsInEveryWorld) {
  for (const std::string& strategy : kStrategies) {
    std::string digest;
    for (const std::string& world : runnable_worlds()) {
      SCOPED_TRACE(strategy + " in " + world);
      Scenario scenario = elastic(strategy, 4, world);
      const std::string unchanged = run(scenario).parameters_sha256;
      scenario.elastic = {change(2, 3), change(5, 5)};
      Kept kept;
      const RunResult result = kept.run(scenario);
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest);
      EXPECT_NE(result.parameters_sha256, unchanged);
      EXPECT_EQ(result.workers, 5);
      EXPECT_EQ(result.steps, 6U);
      EXPECT_EQ(result.samples, 6 * 26U);
      EXPECT_EQ(result.failures, 0);
      EXPECT_EQ(result.lost_steps, 0);
      EXPECT_EQ(result.lost_s, 0);
    }
  }
}

TEST(Elastic, WhoResumesWithAnotherNumberHasTheBitsOfAPlannedChange) {
  for (const auto& [before, after] : {std::pair{4, 3}, std::pair{3, 4}, std::pair{2, 1}, std::pair{1, 5}}) {
    for (const std::size_t step : {1U, 4U}) {
      Scenario planned = elastic("{name: allreduce}", before, "threads");
      planned.elastic = {change(step, after)};
      const RunResult whole = run(planned);
      Scenario first = elastic("{name: allreduce}", before, "threads");
      first.checkpoint = CheckpointSpec{.every = {.steps = step}, .keep = 100};
      Kept kept;
      kept.run(first);
      const fs::path checkpoint = kept.folder() / "checkpoints" / fmt::format("step-{:08}", step);
      for (const std::string& world : runnable_worlds()) {
        SCOPED_TRACE(fmt::format("{} workers, {} after step {}, in {}", before, after, step, world));
        expect_same(Kept().run(elastic("{name: allreduce}", after, world), checkpoint), whole);
      }
    }
  }
}

TEST(Elastic, ARunThatHasChangedGoesOnFromEveryCheckpoint) {
  Scenario scenario = elastic("{name: allreduce}", 4, "threads");
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .keep = 100};
  scenario.elastic = {change(2, 2), change(4, 3)};
  Kept kept;
  const RunResult whole = kept.run(scenario);
  for (std::size_t step = 1; step <= 6; ++step) {
    SCOPED_TRACE(step);
    expect_same(Kept().run(scenario, kept.folder() / "checkpoints" / fmt::format("step-{:08}", step)), whole);
  }
}

TEST(Elastic, WhoIsLeftAfterAFailureGoesOnFromTheCheckpoint) {
  for (const std::string& world : runnable_worlds()) {
    SCOPED_TRACE(world);
    Scenario scenario = elastic("{name: allreduce}", 4, world);
    scenario.checkpoint = CheckpointSpec{.every = {.steps = 2}, .keep = 100};
    FaultSpec fault;
    fault.victim = Victim{.index = 1};
    fault.at = FaultTime{.step = 5};
    fault.shrinks = true;
    scenario.faults = {fault};
    Kept kept;
    const RunResult result = kept.run(scenario);
    EXPECT_EQ(result.workers, 3);
    EXPECT_EQ(result.failures, 1);
    EXPECT_EQ(result.lost_steps, 1);
    Scenario planned = elastic("{name: allreduce}", 4, world);
    planned.elastic = {change(4, 3)};
    expect_same(result, run(planned));
  }
}

// Eight samples of a worker's batch of 24 are kept by three workers, and all 24 by one.
TEST(Elastic, MemoryIsTheMostThatARankHeldInAnyPart) {
  Scenario scenario = phantom("{name: allreduce}", 3, 1000, 1, 1e9);
  scenario.workload.batch = {.global = 24};
  scenario.workload.stop = {.steps = 6};
  scenario.workload.model.profile.front().activations_per_sample = 1000;
  scenario.cluster.memory_bytes = 1e9;
  const auto memory_of = [&](int workers, std::vector<WorkerChange> changes) {
    scenario.cluster.workers = workers;
    scenario.elastic = std::move(changes);
    return Kept().run(scenario).memory_bytes;
  };
  const double of_three = memory_of(3, {}), of_one = memory_of(1, {});
  EXPECT_EQ(of_one - of_three, 16 * 8 * 1000.0);
  EXPECT_EQ(memory_of(3, {change(2, 1), change(4, 3)}), of_one);
  EXPECT_EQ(memory_of(1, {change(2, 3), change(3, 4)}), of_one);
  EXPECT_EQ(memory_of(4, {change(2, 3)}), of_three);
  scenario.cluster.workers = 3;
  scenario.elastic = {change(1, 1), change(2, 3)};
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .keep = 100};
  Kept kept;
  kept.run(scenario);
  for (std::size_t step = 1; step <= 5; ++step) {
    SCOPED_TRACE(step);
    const fs::path checkpoint = kept.folder() / "checkpoints" / fmt::format("step-{:08}", step);
    EXPECT_EQ(Kept().run(scenario, checkpoint).memory_bytes, of_one);
  }
}

// Worker 2's host is fast and has most of a batch. After the failure, before any checkpoint, it is not among the two.
TEST(Elastic, MemoryCountsThePartThatWasLostToAFailure) {
  Scenario scenario = phantom("{name: allreduce}", 3, 1000, 1, 1e9);
  scenario.workload.batch = {.global = 24};
  scenario.workload.partition = Partitioning::speed;
  scenario.workload.model.profile.front().activations_per_sample = 1000;
  scenario.cluster.memory_bytes = 1e9;
  scenario.cluster.hosts = {{.workers = 2, .speed_flops_per_s = 500e9}};
  const double undisturbed = run(scenario).memory_bytes;
  FaultSpec fault{.victim = Victim{.index = 1}, .at = FaultTime{.step = 1}};
  fault.shrinks = true;
  scenario.faults = {fault};
  const RunResult shrunk = Kept().run(scenario);
  EXPECT_EQ(shrunk.workers, 2);
  EXPECT_EQ(shrunk.memory_bytes, undisturbed);
  scenario.faults = {};
  scenario.cluster.workers = 2;
  scenario.cluster.hosts = {};
  EXPECT_LT(run(scenario).memory_bytes, undisturbed);
}

TEST(Elastic, AChangeTakesItsTimeInSimAndRepeats) {
  Scenario scenario = phantom("{name: allreduce}", 4, 1'000'000, 1, 1e9);
  scenario.workload.batch = {.global = 12};
  scenario.cluster.speed_flops_per_s = 1e9;
  scenario.workload.stop = {.steps = 10};
  scenario.elastic = {{.at = FaultTime{.step = 6}, .workers = 2, .takes_s = 7}};
  const RunResult result = run(scenario);
  // Six steps of 3 s, four of 6 s, and some milliseconds for the ring.
  EXPECT_NEAR(result.time_s, 6 * 3 + 7 + 4 * 6, 0.2);
  EXPECT_NEAR(result.recovery_s, 7, 1e-3);
  EXPECT_EQ(run(scenario).event_digest, result.event_digest);
}

}  // namespace
}  // namespace tandem::laws
