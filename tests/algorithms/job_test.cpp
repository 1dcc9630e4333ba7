#include "algorithms/job.h"

#include <gtest/gtest.h>

#include "tests/algorithms/errors_of.h"
#include "tests/algorithms/small_data.h"

namespace tandem {
namespace {

WorkloadSpec softmax_workload() {
  return small_workload(ModelKind::softmax, {}, Activation::relu, Loss::cross_entropy, 10);
}

TEST(MakeJob, EpochsMayBeFractionsAndAreAtLeastOneStep) {
  const Dataset data = small_data(1005, 2, 3);
  WorkloadSpec workload = softmax_workload();
  workload.stop.steps = 0;
  for (const auto& [epochs, steps] : std::vector<std::pair<double, std::size_t>>{
           {1, 100}, {2.5, 250}, {0.29, 29}, {0.299, 29}, {0.001, 1}, {3, 300}}) {
    workload.stop.epochs = epochs;
    EXPECT_EQ(make_job(workload, {}, 1, 1, &data).steps, steps) << epochs;
  }
}

TEST(MakeJob, PerWorkerBatchesGrowWithTheWorkers) {
  const Dataset data = small_data(100, 2, 3);
  WorkloadSpec workload = softmax_workload();
  workload.batch = {.per_worker = 7};
  EXPECT_EQ(make_job(workload, {}, 3, 1, &data).batches.global_batch(), 21U);
  EXPECT_EQ(make_job(softmax_workload(), {}, 3, 1, &data).batches.global_batch(), 10U);
  EXPECT_EQ(make_job(workload, {}, 14, 1, &data).batches.steps_per_epoch(), 1U);
}

TEST(MakeJob, RefusesABatchLargerThanTheData) {
  const Dataset data = small_data(20, 2, 3);
  WorkloadSpec workload = softmax_workload();
  workload.batch = {.global = 21};
  EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 1, 1, &data); }),
            "workload.batch.global is 21, more than the 20 training rows");
  workload.batch = {.per_worker = 7};
  EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 3, 1, &data); }),
            "workload.batch.per_worker is 7: with 3 workers, the batch is 21 rows, more than the 20 training rows");
}

TEST(MakeJob, RefusesWhatIsNotGivenExactlyOnce) {
  const Dataset data = small_data(20, 2, 3);
  WorkloadSpec both_batches = softmax_workload(), no_batch = softmax_workload();
  both_batches.batch.per_worker = 1;
  no_batch.batch.global = 0;
  WorkloadSpec both_stops = softmax_workload(), no_stop = softmax_workload(), backwards = softmax_workload();
  both_stops.stop.epochs = 1;
  no_stop.stop.steps = 0;
  backwards.stop = {.epochs = -1};
  for (const WorkloadSpec& workload : {both_batches, no_batch}) {
    EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 1, 1, &data); }).substr(0, 6), "batch:");
  }
  for (const WorkloadSpec& workload : {both_stops, no_stop, backwards}) {
    EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 1, 1, &data); }).substr(0, 5), "stop:");
  }
  EXPECT_NE(usage_error_of([&] { make_job(softmax_workload(), {}, 0, 1, &data); }), "");
}

TEST(MakeJob, RefusesToTimeNoStep) {
  const Dataset data = small_data(20, 2, 3);
  WorkloadSpec workload = softmax_workload();
  workload.untimed_steps = make_job(workload, {}, 1, 1, &data).steps;
  EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 1, 1, &data); }).substr(0, 22), "workload.untimed_steps");
  --workload.untimed_steps;
  EXPECT_EQ(usage_error_of([&] { make_job(workload, {}, 1, 1, &data); }), "");
}

TEST(MakeJob, AProfileModelNeedsNoDataAndStopsAfterSteps) {
  WorkloadSpec workload;
  workload.model = {.kind = ModelKind::profile, .profile = {{"layer", 1, 1, 1, {}, 1}}};
  workload.batch = {.per_worker = 8};
  workload.stop.steps = 5;
  const Job job = make_job(workload, {}, 4, 1, nullptr);
  EXPECT_EQ(job.data, nullptr);
  EXPECT_EQ(job.steps, 5U);
  EXPECT_EQ(job.batches.global_batch(), 32U);
  EXPECT_EQ(job.batches.part_size(4, 3), 8U);
  workload.stop = {.epochs = 1};
  EXPECT_NE(usage_error_of([&] { make_job(workload, {}, 4, 1, nullptr); }).find("give steps"), std::string::npos);
}

TEST(MakeJob, ShufflesAsTheDataSay) {
  const Dataset data = small_data(100, 2, 3);
  WorkloadSpec workload = softmax_workload();
  EXPECT_EQ(make_job(workload, {}, 1, 1, &data).batches.global(0).back(), 9U);
  workload.data.shuffle = true;
  EXPECT_NE(make_job(workload, {}, 1, 1, &data).batches.global(0),
            make_job(workload, {}, 1, 2, &data).batches.global(0));
}

}  // namespace
}  // namespace tandem
