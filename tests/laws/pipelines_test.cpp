// Pipelines in simulated time against their closed forms, and the bits of their schedules.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "algorithms/strategies/chunks.h"
#include "algorithms/strategies/strategy.h"
#include "tests/algorithms/zero_bubble_table.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

constexpr double kSpeed = 1e12;

/// One sample per micro-batch, equal chunks of these seconds, and messages that take `hop_s` whatever they carry.
Scenario timed_pipeline(const std::string& schedule, int stages, int microbatches, const SlotTimes& chunk_times,
                        int chunks = 1) {
  const auto parts = static_cast<std::size_t>(stages * chunks);
  Scenario scenario = phantom("pipeline", stages, 1000, parts, 1);
  for (ProfileLayer& layer : scenario.workload.model.profile) {
    layer.forward_flops_per_sample = chunk_times.forward_s * kSpeed;
    layer.backward_flops_per_sample = (chunk_times.backward_input_s + chunk_times.backward_weight_s) * kSpeed;
    layer.weight_flops_per_sample = chunk_times.backward_weight_s * kSpeed;
  }
  PipelineOptions& options = scenario.strategy.edit<PipelineOptions>();
  options.microbatches = microbatches;
  options.schedule = schedule;
  options.chunks = chunks;
  scenario.workload.batch = {.global = static_cast<std::size_t>(microbatches)};
  scenario.workload.stop = {.steps = 1};
  scenario.cluster.speed_flops_per_s = kSpeed;
  scenario.cluster.network.latency_s = std::max(chunk_times.hop_s, 1e-12);
  return scenario;
}

/// The longest time from a stage's first computation to the end of its last.
double longest_span_s(const Scenario& scenario) {
  double longest_s = 0;
  for (const std::vector<Span>& spans : computations_of(scenario)) {
    double first_s = std::numeric_limits<double>::infinity(), last_s = 0;
    for (const Span& span : spans) {
      if (span.name == "update") continue;
      first_s = std::min(first_s, span.start_s);
      last_s = std::max(last_s, span.end_s);
    }
    longest_s = std::max(longest_s, last_s - first_s);
  }
  return longest_s;
}

TEST(PipelineLaws, SimulatedBubbleRatesOfThePaperToFourDigits) {
  for (const ZeroBubbleRow& row : kZeroBubbleTable) {
    const SlotTimes& ms = row.times_ms;
    const SlotTimes times{ms.forward_s / 1e3, ms.backward_input_s / 1e3, ms.backward_weight_s / 1e3, ms.hop_s / 1e3};
    const double work_s = row.microbatches * (times.forward_s + times.backward_input_s + times.backward_weight_s);
    for (const auto& [name, rate] : row.rates) {
      const Scenario scenario = timed_pipeline(name, kZeroBubbleStages, row.microbatches, times);
      EXPECT_NEAR(1 - work_s / longest_span_s(scenario), rate, 0.5e-4) << name << ", m = " << row.microbatches;
    }
  }
}

TEST(PipelineLaws, EveryScheduleTakesAsLongAsItsSlotsAlone) {
  constexpr SlotTimes kTimes{.forward_s = 3e-3, .backward_input_s = 2e-3, .backward_weight_s = 1e-3, .hop_s = 0.25e-3};
  for (const Schedule& schedule : all_schedules()) {
    for (const auto& [stages, microbatches] : {std::pair{1, 1}, {2, 4}, {3, 9}, {4, 8}, {5, 5}}) {
      const int chunks = schedule.least_chunks;
      const Playback expected = play(schedule, stages, chunks, microbatches, kTimes);
      const Scenario scenario = timed_pipeline(std::string(schedule.name), stages, microbatches, kTimes, chunks);
      EXPECT_NEAR(longest_span_s(scenario), expected.span_s, 1e-8) << schedule.name << " " << stages;
      EXPECT_NEAR(run(scenario).time_s, expected.makespan_s, 1e-8) << schedule.name << " " << stages;
    }
  }
}

TEST(PipelineLaws, ALongRunOfZbH2TakesItsSpanPerStep) {
  // Twelve micro-batches of equal times: 36 a step, and once 3 more until the last stage has begun.
  constexpr SlotTimes kUnit{.forward_s = 1e-3, .backward_input_s = 1e-3, .backward_weight_s = 1e-3};
  Scenario scenario = timed_pipeline("zb-h2", 4, 12, kUnit);
  for (const std::size_t steps : {1U, 2U, 5U}) {
    scenario.workload.stop = {.steps = steps};
    EXPECT_NEAR(run(scenario).time_s, (36.0 * static_cast<double>(steps) + 3) * 1e-3, 1e-8) << steps;
  }
}

std::string small_pipeline(const std::string& schedule, int microbatches) {
  return fmt::format("{{name: pipeline, schedule: {}, microbatches: {}}}", schedule, microbatches);
}

TEST(PipelineLaws, SchedulesThatGoBackInOneOrderEndWithTheSameBits) {
  // The weights' gradients of all of them are summed from the first micro-batch to the last; GPipe's from the last.
  for (const char* world : {"threads", "sim"}) {
    for (const auto& [stages, microbatches] : {std::pair{1, 3}, {2, 4}, {4, 4}, {4, 8}}) {
      std::set<std::string> digests;
      for (const char* schedule : {"1f1b", "zb-h1", "zb-h2", "zb-v", "interleaved"}) {
        const Scenario scenario = small_mlp(small_pipeline(schedule, microbatches), stages, world);
        digests.insert(run(scenario).parameters_sha256);
      }
      EXPECT_EQ(digests.size(), 1U) << world << ", " << stages << " stages, " << microbatches << " micro-batches";
    }
  }
}

TEST(PipelineLaws, ChunksBringAMessageEachWayForEveryBorderBetweenThem) {
  // Eight parts of nine layers have seven borders. ZB-V's two middle parts are on one stage: that border's messages
  // stay there. The widths that cross depend on the cut; every run holds them to the closed form of each rank.
  constexpr std::uint64_t kMicrobatches = 4, kParts = 8;
  for (const auto& [schedule, stages] : {std::pair{"interleaved", 4}, {"zb-v", 4}, {"interleaved", 1}}) {
    const std::uint64_t parts = stages == 4 ? kParts : 2;
    std::set<std::string> digests;
    for (const std::string& world : runnable_worlds()) {
      const RunResult result = run(small_mlp(small_pipeline(schedule, kMicrobatches), stages, world));
      digests.insert(result.parameters_sha256);
      EXPECT_EQ(result.messages_sent, 2 * (parts - 1) * kMicrobatches * result.steps) << world << " " << schedule;
    }
    EXPECT_EQ(digests.size(), 1U) << schedule;
  }
}

Scenario small_pipedream(const std::string& options, int stages, const std::string& world) {
  return small_mlp("{name: pipedream" + options + "}", stages, world);
}

TEST(PipeDream, OneStageIsPlainTraining) {
  for (const char* world : {"threads", "sim"}) {
    EXPECT_EQ(run(small_pipedream("", 1, world)).parameters_sha256,
              run(small_mlp("single", 1, world)).parameters_sha256);
  }
}

TEST(PipeDream, AGradientIsAsOldAsStagesLieBehind) {
  for (const int stages : {1, 2, 3, 5}) {
    const RunResult result = run(small_pipedream("", stages, "threads"));
    std::map<std::size_t, std::int64_t> expected;
    for (int stage = 0; stage < stages; ++stage) {
      for (int step = 0; step < static_cast<int>(result.steps); ++step)
        ++expected[static_cast<std::size_t>(std::min(step, stages - 1 - stage))];
    }
    EXPECT_EQ(std::map(result.staleness_counts.begin(), result.staleness_counts.end()), expected) << stages;
  }
}

TEST(PipeDream, TwoVersionsMakeEveryGradientOneUpdateOldWhateverTheStages) {
  std::set<std::string> digests;
  for (const int stages : {1, 2, 3, 4}) {
    const RunResult result = run(small_pipedream(", weights: double-buffered, microbatches: 4", stages, "threads"));
    digests.insert(result.parameters_sha256);
    const auto updates = static_cast<std::int64_t>(result.steps) * stages;
    EXPECT_EQ(result.staleness_counts, (std::vector<StalenessCount>{{0, stages}, {1, updates - stages}})) << stages;
  }
  EXPECT_EQ(digests.size(), 1U);
}

TEST(PipeDream, HasNoBubbleOnceItIsFull) {
  for (const int stages : {1, 2, 5}) {
    for (const int microbatches : {1, 5}) {
      Scenario scenario = timed_pipeline("1f1b", stages, microbatches, {1e-3, 1e-3, 1e-3, 0});
      scenario.strategy = parse_strategy(
          microbatches == 1 ? "{name: pipedream}" : "{name: pipedream, weights: double-buffered, microbatches: 5}");
      scenario.workload.stop = {.steps = 7};
      EXPECT_NEAR(run(scenario).time_s, (7 * microbatches + stages - 1) * 3e-3, 1e-8) << stages << " " << microbatches;
    }
  }
}

}  // namespace
}  // namespace tandem::laws
