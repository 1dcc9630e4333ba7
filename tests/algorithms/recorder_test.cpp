#include "algorithms/recorder.h"

#include <gtest/gtest.h>

#include "tests/algorithms/local_endpoint.h"

namespace tandem {
namespace {

class RecorderTest : public testing::Test {
 protected:
  LocalEndpoint endpoint;
  Comm comm{endpoint, {}};
  std::vector<float> values = {1, 2, 3};
  Slice parameters{values.data(), values.size()};
};

TEST_F(RecorderTest, TimesCountFromTheStart) {
  endpoint.computations = 5;
  Recorder recorder(0);
  recorder.start(comm.now());
  endpoint.computations = 8;
  recorder.step(comm, 2, 0.5, 64);
  recorder.update(comm, 4, 1, 3);
  ASSERT_EQ(recorder.steps().size(), 1U);
  EXPECT_EQ(recorder.steps()[0].step, 2U);
  EXPECT_EQ(recorder.steps()[0].time_s, 3);
  EXPECT_EQ(recorder.steps()[0].loss, 0.5);
  EXPECT_EQ(recorder.steps()[0].samples, 64U);
  ASSERT_EQ(recorder.updates().size(), 1U);
  EXPECT_EQ(recorder.updates()[0].step, 4U);
  EXPECT_EQ(recorder.updates()[0].time_s, 3);
  EXPECT_EQ(recorder.updates()[0].worker, 1);
  EXPECT_EQ(recorder.updates()[0].staleness, 3);
}

TEST_F(RecorderTest, SnapshotsAreCopiesTakenWhenDue) {
  Recorder recorder(3);
  for (std::size_t done = 1; done <= 7; ++done) {
    values[0] = static_cast<float>(done);
    recorder.snapshot_if_due(comm, done, 10, parameters);
  }
  ASSERT_EQ(recorder.snapshots().size(), 2U);
  EXPECT_EQ(recorder.snapshots()[0].step, 3U);
  EXPECT_EQ(recorder.snapshots()[1].step, 6U);
  EXPECT_EQ(recorder.snapshots()[0].offset, 10U);
  EXPECT_EQ(recorder.snapshots()[0].values, (std::vector<float>{3, 2, 3}));
}

TEST_F(RecorderTest, ZeroMeansNoSnapshots) {
  Recorder recorder(0);
  for (std::size_t done = 0; done < 5; ++done) recorder.snapshot_if_due(comm, done, 0, parameters);
  EXPECT_TRUE(recorder.snapshots().empty());
}

TEST_F(RecorderTest, PhantomsLeaveNoCopies) {
  Recorder recorder(1);
  recorder.snapshot_if_due(comm, 1, 0, {nullptr, 3});
  recorder.finish(0, {nullptr, 3}, true);
  EXPECT_TRUE(recorder.snapshots().empty());
  EXPECT_TRUE(recorder.owned().empty());
}

TEST_F(RecorderTest, OwnedPartsAndReplicasAreKeptApart) {
  Recorder recorder(0);
  recorder.finish(0, parameters.part(0, 1), true);
  recorder.finish(1, parameters.part(1, 2), false);
  ASSERT_EQ(recorder.owned().size(), 1U);
  EXPECT_EQ(recorder.owned()[0].values, (std::vector<float>{1}));
  ASSERT_EQ(recorder.replicas().size(), 1U);
  EXPECT_EQ(recorder.replicas()[0].offset, 1U);
  EXPECT_EQ(recorder.replicas()[0].values, (std::vector<float>{2, 3}));
}

}  // namespace
}  // namespace tandem
