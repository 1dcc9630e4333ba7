#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/store/columns.h"
#include "app/store/provenance.h"
#include "app/store/results_format.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/errors.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

std::string refusal_of_record(const TemporaryFolder& folder, const std::string& text) {
  try {
    read_run(folder.file("run.json", text).parent_path());
  } catch (const UsageError& error) {
    return std::string(error.what()).substr(folder.path().string().size() + 1);
  }
  return {};
}

TEST(RunRecord, ThatCannotBeReadIsRefusedWhereItIsWrong) {
  const TemporaryFolder folder;
  write_run(folder.path(), made_up_run("allreduce ring", "sim", 5, 64), nlohmann::ordered_json::object());
  const std::string text = content_of(folder.path() / "run.json");
  EXPECT_EQ(refusal_of_record(folder, text), "");
  EXPECT_EQ(refusal_of_record(folder, "{\n  \"result\": {,\n"),
            "run.json:2:14: error: not valid JSON: ',' has no place here; expected: string literal");
  EXPECT_EQ(refusal_of_record(folder, "[]"),
            "run.json:1:1: error: is not a run's record: a mapping is expected, not a list");
  std::string wrong = text;
  wrong.replace(wrong.find("\"workers\": 5"), 12, "\"workers\": []");
  const std::string said = refusal_of_record(folder, wrong);
  EXPECT_NE(said.find(":16: error: \"workers\": a number is expected, not a list"), std::string::npos) << said;
}

TEST(ResultJson, ReadsBackTheSameRow) {
  RunResult run = made_up_run("ps-async s=3", "sim", 5, 64);
  run.factors.emplace_back("strategy.staleness", "3");
  run.seed = 0xffffffffffffffffULL;
  run.time_s = 1.0 / 3;
  run.mean_staleness = 4;
  run.weights_error = 1e-300;
  run.event_digest = "digest";
  run.failure = "";
  run.staleness_counts = {{4, 10}};
  const RunResult back = run_result_from_json(nlohmann::ordered_json::parse(to_json(run).dump()));
  EXPECT_EQ(runs_csv({back}), runs_csv({run}));
  EXPECT_EQ(back.factors, run.factors);
  EXPECT_EQ(back.time_s, run.time_s);
  EXPECT_EQ(back.staleness_counts, run.staleness_counts);
}

TEST(ResultJson, NotMeasuredIsNullAndADivergedLossStays) {
  RunResult run = made_up_run("allreduce ring", "sim", 5, 64);
  run.train_loss = INFINITY;
  const nlohmann::ordered_json json = to_json(run);
  EXPECT_TRUE(json.at("validation_loss").is_null());
  const RunResult back = run_result_from_json(nlohmann::ordered_json::parse(json.dump()));
  EXPECT_TRUE(std::isnan(back.validation_loss));
  EXPECT_EQ(back.train_loss, INFINITY);
}

TEST(ResultJson, OlderResultsAreReadAndWhatTheyLackWasNotMeasured) {
  const RunResult run = made_up_run("allreduce ring", "sim", 5, 64);
  nlohmann::ordered_json older = to_json(run);
  EXPECT_EQ(older.at("format"), kResultsFormat);
  older.erase("format");
  older.erase("validation_loss");
  const RunResult back = run_result_from_json(older);
  EXPECT_TRUE(std::isnan(back.validation_loss));
  EXPECT_EQ(back.time_s, run.time_s);
  older.erase("strategy");
  EXPECT_THROW(run_result_from_json(older), ColumnError) << "no result is without a strategy";
}

// A run's record stated the version beside the result before the result did.
TEST(ResultJson, TheVersionThatRanItStaysInTheTable) {
  const TemporaryFolder folder;
  write_run(folder.path(), made_up_run("allreduce ring", "sim", 5, 64), nlohmann::ordered_json::object());
  EXPECT_EQ(read_run(folder.path()).tandem, tandem_version());
  nlohmann::ordered_json record = nlohmann::ordered_json::parse(content_of(folder.path() / "run.json"));
  record["result"].erase("tandem");
  record["provenance"]["tandem"] = "0.0.7";
  write_whole_file(folder.path() / "run.json", record.dump());
  const std::string csv = runs_csv({read_run(folder.path())});
  EXPECT_NE(csv.find(",tandem\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",0.0.7\n"), std::string::npos) << csv;
}

TEST(ResultJson, TodaysResultsHaveEveryColumn) {
  nlohmann::ordered_json json = to_json(made_up_run("allreduce ring", "sim", 5, 64));
  json.erase("validation_loss");
  EXPECT_THROW(run_result_from_json(json), ColumnError);
}

TEST(ResultJson, ResultsOfALaterTandemAreRefusedByTheirFormat) {
  nlohmann::ordered_json json = to_json(made_up_run("allreduce ring", "sim", 5, 64));
  for (const int format : {kResultsFormat + 1, 0, -1}) {
    json["format"] = format;
    try {
      run_result_from_json(json);
      ADD_FAILURE() << "format " << format << " was read";
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(),
                fmt::format("these results have format {}, and this Tandem reads 1 to {}: use the one that "
                            "wrote them",
                            format, kResultsFormat));
    }
  }
}

}  // namespace
}  // namespace tandem
