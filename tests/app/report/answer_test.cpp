#include "app/report/answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/report/target.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

using Sentences = std::vector<std::string>;

TEST(Answers, SayWhereAStrategyStopsGainingAndWhoIsFastest) {
  const std::vector<RunResult> runs = {
      made_up_run("allreduce ring", "sim", 1, 100), made_up_run("allreduce ring", "sim", 2, 150),
      made_up_run("allreduce ring", "sim", 4, 400), made_up_run("ps-sync", "sim", 1, 100),
      made_up_run("ps-sync", "sim", 2, 190),        made_up_run("ps-sync", "sim", 4, 195),
  };
  EXPECT_EQ(answers(runs),
            (Sentences{
                "Fastest (sim): no difference at 1 worker, ps-sync at 2 workers, allreduce ring at 4 workers. "
                "(Equal: within 5 %, or overlapping repeats.)",
                "ps-sync stops gaining after 2 workers (sim): 190 samples/s there, 195 samples/s with 4.",
                "Still gaining at their most workers (sim): allreduce ring (4).",
            }));
}

TEST(Answers, RepeatsThatOverlapAreNoDifference) {
  const std::vector<RunResult> runs = {
      made_up_run("allreduce ring", "tcp", 2, 100, 0), made_up_run("allreduce ring", "tcp", 2, 140, 1),
      made_up_run("ps-sync", "tcp", 2, 80, 0), made_up_run("ps-sync", "tcp", 2, 101, 1)};
  EXPECT_EQ(answers(runs),
            Sentences{"Fastest (tcp): no difference at 2 workers. (Equal: within 5 %, or overlapping repeats.)"});
}

TEST(Answers, OneStrategyAtOneWorkerCountNeedsNoSentence) {
  EXPECT_EQ(answers({made_up_run("allreduce ring", "sim", 2, 100)}), Sentences{});
  EXPECT_EQ(answers({}), Sentences{});
}

TEST(Answers, SameBitsAreStatedForSynchronousStrategiesOnly) {
  std::vector<RunResult> runs = {made_up_run("allreduce ring", "sim", 2, 100),
                                 made_up_run("allreduce ring", "tcp", 2, 100), made_up_run("ps-async", "sim", 2, 100),
                                 made_up_run("ps-async", "tcp", 2, 100)};
  runs[3].parameters_sha256 = "fedcba";
  EXPECT_EQ(answers(runs).back(), "Parameters are bit-identical across sim, tcp: allreduce ring (1 point compared).");
  runs[1].parameters_sha256 = "fedcba";
  EXPECT_EQ(
      answers(runs).back(),
      "PARAMETERS DIFFER between runs that must agree: allreduce ring with 2 worker(s), seed 42 (1 of 1 points).");
}

TEST(Target, IsReachedWhenTheFirstRowIsAsGood) {
  RunResult run = made_up_run("ps-async", "sim", 2, 100);
  run.step_rows = {{.step = 1, .worker = 1, .time_s = 3, .train_loss = 0.1},
                   {.step = 2, .time_s = 2, .validation_loss = 0.6, .validation_accuracy = 0.75},
                   {.step = 1, .time_s = 1, .validation_loss = 0.7, .validation_accuracy = 0.5},
                   {.step = 0, .time_s = 0.5, .train_loss = 2}};
  EXPECT_EQ(time_to_target_s(run, "validation_accuracy", 0.75), 2);
  EXPECT_EQ(time_to_target_s(run, "validation_accuracy", 0.25), 1);
  EXPECT_TRUE(std::isnan(time_to_target_s(run, "validation_accuracy", 0.76)));
  EXPECT_EQ(time_to_target_s(run, "validation_loss", 0.6), 2);
  EXPECT_EQ(time_to_target_s(run, "train_loss", 2), 0.5);
  EXPECT_TRUE(std::isnan(time_to_target_s(run, "train_loss", 0.5))) << "the loss of one worker";

  RunResult slow = made_up_run("ps-sync", "sim", 2, 100), never = made_up_run("single", "sim", 1, 100);
  slow.step_rows = {{.time_s = 8, .validation_accuracy = 0.8}};
  never.step_rows = {{.time_s = 1, .validation_accuracy = 0.1}};
  const FigureSpec spec{.figure = "loss", .y = "validation_accuracy", .target = 0.75};
  EXPECT_EQ(target_sentences(spec, {slow, never, run}),
            Sentences{"Time to validation accuracy 0.75 (sim): ps-async 2.00 s, ps-sync 8.00 s, never: single."});
  EXPECT_EQ(target_sentences({.figure = "loss"}, {run}), Sentences{});
}

TEST(Answers, PicksAreSaidOnceForAllWorlds) {
  std::vector<RunResult> runs;
  for (const char* world : {"sim", "tcp"}) {
    for (const int workers : {1, 2, 4}) runs.push_back(made_up_run("allreduce auto", world, workers, 100.0 * workers));
  }
  for (RunResult& run : runs) run.picks = run.workers == 4 ? "ring for 7 MiB" : "naive for 7 MiB";
  const Sentences said = answers(runs);
  const std::string expected =
      "allreduce auto picked naive for 7 MiB (at 1 to 2 workers); ring for 7 MiB (at 4 workers).";
  EXPECT_EQ(std::count(said.begin(), said.end(), expected), 1);
  EXPECT_EQ(std::count_if(said.begin(), said.end(), [](const auto& s) { return s.find("picked") != s.npos; }), 1);
}

TEST(Answers, DivergedTrainingIsSaid) {
  std::vector<RunResult> runs = {made_up_run("ps-async", "sim", 2, 100)};
  runs[0].train_loss = kNotMeasured;
  EXPECT_EQ(answers(runs), Sentences{"Training DIVERGED, so its speed is worth nothing: ps-async at 2 workers (sim)."});
  runs[0].parameters_sha256.clear();
  EXPECT_EQ(answers(runs), Sentences{}) << "a phantom run has no loss";
}

TEST(Answers, PhantomRunsClaimNoBits) {
  std::vector<RunResult> runs = {made_up_run("allreduce ring", "sim", 2, 100),
                                 made_up_run("allreduce ring", "tcp", 2, 100)};
  for (RunResult& run : runs) run.parameters_sha256.clear();
  EXPECT_EQ(answers(runs), Sentences{});
}

}  // namespace
}  // namespace tandem
