#include "app/report/answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/figures/target_sentences.h"
#include "app/report/study_facts.h"
#include "app/report/table.h"
#include "app/store/target.h"
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

TEST(Answers, SeveralThatAreEqualAreAList) {
  EXPECT_EQ(answers({made_up_run("a", "sim", 2, 100), made_up_run("b", "sim", 2, 99), made_up_run("c", "sim", 2, 98),
                     made_up_run("d", "sim", 2, 50)}),
            Sentences{"Fastest (sim): a, b and c at 2 workers. (Equal: within 5 %, or overlapping repeats.)"});
}

TEST(Answers, OneStrategyAtOneWorkerCountNeedsNoSentence) {
  EXPECT_EQ(answers({made_up_run("allreduce ring", "sim", 2, 100)}), Sentences{});
  EXPECT_EQ(answers({}), Sentences{});
}

TEST(Answers, SameBitsAreStatedForSynchronousStrategiesOnly) {
  std::vector<RunResult> runs = {made_up_run("allreduce ring", "sim", 2, 100),
                                 made_up_run("allreduce ring", "tcp", 2, 100), made_up_run("ps-async", "sim", 2, 100),
                                 made_up_run("ps-async", "tcp", 2, 100)};
  runs[2].same_bits = runs[3].same_bits = false;
  runs[3].parameters_sha256 = "fedcba";
  EXPECT_EQ(answers(runs).back(), "Parameters are bit-identical across sim, tcp: allreduce ring (1 point compared).");
  runs[1].parameters_sha256 = "fedcba";
  EXPECT_EQ(
      answers(runs).back(),
      "PARAMETERS DIFFER between runs that must agree: allreduce ring with 2 worker(s), seed 42 (1 of 1 points).");
}

TEST(Target, IsReachedWhenTheFirstRowIsAsGood) {
  RunResult run = made_up_run("ps-async", "sim", 2, 100);
  run.step_rows = {{.step = 2, .time_s = 2, .validation_loss = 0.6, .validation_accuracy = 0.75},
                   {.step = 1, .time_s = 1, .validation_loss = 0.7, .validation_accuracy = 0.5},
                   {.step = 0, .time_s = 0.5, .train_loss = 2}};
  EXPECT_EQ(time_to_target_s(run, "validation_accuracy", 0.75), 2);
  EXPECT_EQ(time_to_target_s(run, "validation_accuracy", 0.25), 1);
  EXPECT_TRUE(std::isnan(time_to_target_s(run, "validation_accuracy", 0.76)));
  EXPECT_EQ(time_to_target_s(run, "validation_loss", 0.6), 2);
  EXPECT_EQ(time_to_target_s(run, "train_loss", 2), 0.5);
  EXPECT_TRUE(std::isnan(time_to_target_s(run, "train_loss", 0.5)));
}

TEST(Target, OfAsynchronousWorkersIsReachedByTheMeanOfTheirLatestSteps) {
  RunResult run = made_up_run("ps-async", "sim", 2, 100);
  run.step_rows = {{.step = 0, .worker = 1, .time_s = 1, .samples = 6, .train_loss = 0.2},
                   {.step = 0, .worker = 0, .time_s = 2, .samples = 2, .train_loss = 1.0},
                   {.step = 1, .worker = 0, .time_s = 3, .samples = 2, .train_loss = 0.6},
                   {.step = 1, .worker = 1, .time_s = 4, .samples = 6, .train_loss = 0.1}};
  EXPECT_EQ(time_to_target_s(run, "train_loss", 0.5), 2) << "0.4, and not one worker's 0.2 a second before";
  EXPECT_EQ(time_to_target_s(run, "train_loss", 0.31), 3) << "0.3: worker 1 has not moved";
  EXPECT_EQ(time_to_target_s(run, "train_loss", 0.23), 4);
  EXPECT_TRUE(std::isnan(time_to_target_s(run, "train_loss", 0.22))) << "0.225 at the end";
}

Plan plan_with_targets(const std::vector<std::optional<double>>& accuracies) {
  Plan plan = made_up_plan();
  plan.points.resize(accuracies.size(), plan.points.front());
  for (std::size_t i = 0; i < accuracies.size(); ++i)
    plan.points[i].scenario.workload.target.validation_accuracy = accuracies[i];
  return plan;
}

TEST(Target, SaysInWhichOrderItWasReachedAndByWhomNever) {
  std::vector<RunResult> runs = {made_up_run("ps-sync", "sim", 2, 100), made_up_run("single", "sim", 1, 100),
                                 made_up_run("ps-async", "sim", 2, 100)};
  for (RunResult& run : runs) run.validation_accuracy = 0.7;
  runs[0].time_to_validation_accuracy_s = 8;
  runs[2].time_to_validation_accuracy_s = 2;
  const Plan plan = plan_with_targets({0.75});
  EXPECT_EQ(target_sentences(study_facts(plan, runs), "validation_accuracy", "", runs),
            Sentences{"Time to validation accuracy 0.75 (sim): ps-async 2.00 s, ps-sync 8.00 s, never: single."});
  EXPECT_EQ(target_sentences(study_facts(plan, runs), "validation_loss", "", runs), Sentences{});
  EXPECT_EQ(target_sentences(study_facts(plan_with_targets({0.75, 0.5}), runs), "validation_accuracy", "", runs),
            Sentences{})
      << "two targets: a sentence would mix them";
  EXPECT_EQ(target_sentences(study_facts(made_up_plan(), runs), "validation_accuracy", "", runs), Sentences{});
}

TEST(Target, IsNotMissedByRunsInWhichNothingWasMeasured) {
  std::vector<RunResult> runs = {made_up_run("ring", "sim", 2, 100), made_up_run("single", "sim", 1, 100)};
  runs[0].validation_accuracy = 0.5;
  EXPECT_EQ(target_sentences(study_facts(plan_with_targets({0.75}), runs), "validation_accuracy", "", runs),
            Sentences{"Time to validation accuracy 0.75 (sim): never: ring, not measured: single."});
}

TEST(Answers, StrategiesAreComparedInTheSameSettingOnly) {
  std::vector<RunResult> runs;
  for (const char* model : {"resnet50", "vgg16"}) {
    for (const char* strategy : {"ring", "ps-sync"}) {
      const double samples_per_s = (model[0] == 'r' ? 100 : 10) * (strategy[0] == 'r' ? 1.0 : 2.0);
      runs.push_back(made_up_run(strategy, "sim", 2, samples_per_s));
      runs.back().factors.emplace_back("workload.model.profile", model);
    }
  }
  const Sentences said = answers(runs);
  const std::string equal = " (Equal: within 5 %, or overlapping repeats.)";
  EXPECT_EQ(said.at(0), "Fastest (sim, profile resnet50): ps-sync, profile resnet50 at 2 workers." + equal);
  EXPECT_EQ(said.at(1), "Fastest (sim, profile vgg16): ps-sync, profile vgg16 at 2 workers." + equal);
}

TEST(Target, TakesTheMedianOfRepeatsOnlyWhenAllReachedIt) {
  std::vector<RunResult> runs;
  for (int repeat : {0, 1, 2}) runs.push_back(made_up_run("ps-sync", "tcp", 2, 100, repeat));
  for (RunResult& run : runs) run.validation_accuracy = 0.7;
  runs[0].time_to_validation_accuracy_s = 9;
  runs[1].time_to_validation_accuracy_s = 2;
  const Plan plan = plan_with_targets({0.75});
  EXPECT_EQ(target_sentences(study_facts(plan, runs), "validation_accuracy", "", runs),
            Sentences{"Time to validation accuracy 0.75 (tcp): never: ps-sync in 1 of 3 runs."});
  EXPECT_EQ(results_table(study_facts(plan, runs), runs).find("to accuracy"), std::string::npos);
  runs[2].time_to_validation_accuracy_s = 4;
  EXPECT_EQ(target_sentences(study_facts(plan, runs), "validation_accuracy", "", runs),
            Sentences{"Time to validation accuracy 0.75 (tcp): ps-sync 4.00 s."});
  EXPECT_NE(results_table(study_facts(plan, runs), runs).find("to accuracy"), std::string::npos);
}

TEST(Target, OfTheTrainingLossIsTheLossToStopAtUnlessStated) {
  Plan plan = made_up_plan();
  WorkloadSpec& workload = plan.points.front().scenario.workload;
  EXPECT_EQ(study_facts(plan, {}).target("train_loss"), std::nullopt);
  workload.stop.loss = 0.25;
  EXPECT_EQ(study_facts(plan, {}).target("train_loss"), 0.25);
  EXPECT_EQ(study_facts(plan, {}).target("validation_loss"), std::nullopt);
  workload.target.loss = 0.5;
  EXPECT_EQ(study_facts(plan, {}).target("train_loss"), 0.5);
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
