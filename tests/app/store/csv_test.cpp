#include "app/store/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "app/store/columns.h"
#include "app/store/provenance.h"
#include "app/store/row_table.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(Csv, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_line({}), "\n");
  EXPECT_EQ(csv_line({"a", "", "b,c"}), "a,,\"b,c\"\n");
}

/// The columns that others read by name: changing them breaks their scripts.
constexpr const char* kColumns =
    "scenario,world,strategy,workers,seed,repeat,steps,samples,time_s,step_s,samples_per_s,compute_s,comm_s,idle_s,"
    "messages_sent,bytes_sent,max_bytes_sent_per_rank,train_loss,validation_loss,validation_accuracy,mean_staleness,"
    "max_staleness,parameters_sha256,wall_s,peak_rss_bytes,ranks,strategy_label,picks,time_to_loss_s,bytes_to_loss,"
    "time_to_validation_loss_s,time_to_validation_accuracy_s,checkpoints,checkpoint_bytes,checkpoint_s,failures,lost_"
    "steps,"
    "lost_s,detect_s,recovery_s,useful_s,goodput,imbalance,idle_share,memory_bytes,weights_error,network_model,event_"
    "digest,"
    "failure,tandem\n";

TEST(Csv, RunsHaveTheColumnsOfTheDesignInOrder) { EXPECT_EQ(runs_csv({}), kColumns); }

TEST(Csv, FactorsStandFirst) {
  RunResult run = made_up_run("allreduce ring", "sim", 2, 64);
  run.factors.emplace_back("strategy.bucket", "4MiB");
  EXPECT_EQ(runs_csv({run}),
            std::string("strategy.bucket,") + kColumns +
                "4MiB,made-up,sim,allreduce,2,42,0,10,640,10,1,64,5,2.5,2.5,20,4000,1000,0.25,,,,,0123456789abcdef,1.5,"
                "1048576,2,allreduce ring,,,,,,,,,,,,,,,,0,0,,,neutral,,," +
                tandem_version() + "\n");
}

TEST(Csv, FailedRunsHaveARowWithTheirReason) {
  RunResult run = made_up_run("ps-sync", "tcp", 2, 64);
  run.failure = "rank 1: no message, 60 s";
  EXPECT_EQ(runs_csv({run}), std::string(kColumns) +
                                 "made-up,tcp,ps-sync,2,42,0,,,,,,,,,,,,,,,,,,,,,ps-sync,,,,,,,,,,,,,,,,,,,,,,"
                                 "\"rank 1: no message, 60 s\"," +
                                 tandem_version() + "\n");
}

TEST(Csv, RunTablesReadBackAsTheyWere) {
  RunResult run = made_up_run("ps-async", "sim", 2, 64);
  run.step_rows = {{0, -1, 0.1, 32, 2.5, kNotMeasured, kNotMeasured}, {1, 3, 1.0 / 3, 32, 1.0 / 7, 0.5, 0.875}};
  run.rank_rows = {{0, "worker", 0.1, 0.2, 0.3, {1, 2, 3, 4}}, {1, "server", 0, 0, 0.6, {5, 6, 7, 8}}};
  run.staleness_counts = {{0, 3}, {7, 11}};
  const TemporaryFolder folder;
  write_run(folder.path(), run, {});

  const RunResult back = read_run(folder.path());
  ASSERT_EQ(back.step_rows.size(), 2U);
  EXPECT_TRUE(std::isnan(back.step_rows[0].validation_loss));
  EXPECT_EQ(back.step_rows[0].worker, -1);
  EXPECT_EQ(back.step_rows[1].worker, 3);
  EXPECT_EQ(back.step_rows[1].time_s, 1.0 / 3);
  EXPECT_EQ(back.step_rows[1].train_loss, 1.0 / 7);
  EXPECT_EQ(back.step_rows[1].validation_accuracy, 0.875);
  ASSERT_EQ(back.rank_rows.size(), 2U);
  EXPECT_EQ(back.rank_rows[1].role, "server");
  EXPECT_EQ(back.rank_rows[1].idle_s, 0.6);
  EXPECT_EQ(back.rank_rows[1].traffic, run.rank_rows[1].traffic);
  EXPECT_EQ(back.staleness_counts, run.staleness_counts);
}

TEST(Csv, AFieldThatIsNoNumberIsNamedWithItsLine) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "staleness.csv", "staleness,updates\n0,1\n1,many\n");
  try {
    read_table<StalenessCount>(folder.path() / "staleness.csv");
    FAIL() << "was read";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()), (folder.path() / "staleness.csv").string() + ":3: \"many\" is not a number");
  }
}

TEST(WholeFile, ReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "deep" / "file.csv";
  write_whole_file(path, "first");
  write_whole_file(path, "second");
  EXPECT_EQ(content_of(path), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST(WholeFile, SaysWhereItCannotWrite) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "file", "");
  EXPECT_THROW(write_whole_file(folder.path() / "file" / "below", "text"), UsageError);
}

}  // namespace
}  // namespace tandem
