// Tables of measurements from elsewhere, and what is said about their mistakes.
#include "app/scenario/measured_table.h"

#include <gmock/gmock.h>

#include "core/errors.h"
#include "tests/app/run/small_scenario.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

struct MeasuredTable : testing::Test {
  std::vector<MeasuredRow> read(const std::string& text) const {
    return read_measured_table(folder.file("measured.csv", text), folder.file("small.yaml", kSmallScenario), {});
  }
  std::string mistake(const std::string& text) const {
    try {
      read(text);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "it was accepted";
  }
  TemporaryFolder folder;
};

TEST_F(MeasuredTable, EachRowChangesTheScenario) {
  const auto rows = read(
      "cluster.workers,label,strategy.name,note,samples_per_s\n"
      "3,\"a, quoted \"\"name\"\"\",,not used,12.5\n5,b,ps-sync,,7\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].point.scenario.cluster.workers, 3);
  EXPECT_EQ(rows[0].point.scenario.world, "sim");
  EXPECT_EQ(rows[0].label, "a, quoted \"name\"");
  EXPECT_EQ(rows[0].point.scenario.strategy.name, "allreduce") << "an empty field leaves the scenario's";
  EXPECT_EQ(rows[0].samples_per_s, 12.5);
  EXPECT_FALSE(rows[0].step_s.has_value());
  EXPECT_EQ(rows[1].point.scenario.strategy.name, "ps-sync");
  using Factors = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(rows[1].point.factors, (Factors{{"cluster.workers", "5"}}));
}

TEST_F(MeasuredTable, TheAxisIsWhatRowsOfALabelDifferBy) {
  using Factors = std::vector<std::pair<std::string, std::string>>;
  const auto rows = read(
      "label,strategy.name,cluster.workers,step_s\n"
      "ring,allreduce,3,1\nring,allreduce,5,2\nserver,ps-sync,3,3\nserver,ps-sync,5,4\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[3].point.factors, (Factors{{"cluster.workers", "5"}}));
  EXPECT_THAT(read("cluster.workers,label,step_s\n3,a,1\n3,a,1.5\n").size(), 2u) << "repeats";
}

TEST_F(MeasuredTable, RowsThatWouldBeTakenTogetherAreRefused) {
  EXPECT_THAT(mistake("cluster.workers,label,workload.batch.per_worker,step_s\n3,a,1,1\n5,a,1,1\n5,a,2,1\n"),
              testing::HasSubstr("measured.csv:4: the same label and cluster.workers as line 3, but another "
                                 "workload.batch.per_worker"));
}

TEST_F(MeasuredTable, MistakesAreNamedWithTheirLine) {
  using testing::HasSubstr;
  EXPECT_THAT(mistake("cluster.workers\n3\n"), HasSubstr("measured.csv:1: what was measured is one column"));
  EXPECT_THAT(mistake("cluster.workers,step_s,samples_per_s\n3,1,1\n"), HasSubstr("there are both"));
  EXPECT_THAT(mistake("label,step_s\na,1\n"), HasSubstr("no column names a key of the scenario"));
  EXPECT_THAT(mistake("cluster.workers,step_s\n3,1\n3,fast\n"),
              HasSubstr("measured.csv:3: step_s must be a number above 0, not \"fast\""));
  EXPECT_THAT(mistake("cluster.workers,step_s\n3,0\n"), HasSubstr("not \"0\""));
  EXPECT_THAT(mistake("cluster.workers,step_s\n3,inf\n"), HasSubstr("not \"inf\""));
  EXPECT_THAT(mistake("cluster.workers,cluster.workers,step_s\n3,4,1\n"),
              HasSubstr("measured.csv:1: a second column \"cluster.workers\""));
  EXPECT_THAT(mistake("cluster.workers,step_s\n3\n"), HasSubstr("measured.csv:2: 1 fields under 2 names"));
  EXPECT_THAT(mistake("cluster.wrkers,step_s\n3,1\n"), HasSubstr("did you mean"));
  EXPECT_THAT(mistake("cluster.workers,step_s\n0,1\n"), HasSubstr("measured.csv:2: "));
  EXPECT_THAT(mistake("cluster.workers,step_s\n"), HasSubstr("at least one row"));
  EXPECT_THAT(mistake("cluster.workers,step_s\n\"3,1\n"), HasSubstr("a quotation has no end"));
}

}  // namespace
}  // namespace tandem
