#include "app/report/writer.h"

#include <gtest/gtest.h>

#include "app/store/whole_file.h"
#include "core/errors.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(OutputDirectory, AFreeNameIsTakenWithoutANote) {
  const TemporaryFolder base;
  const OutputDirectory chosen = choose_output_directory(base.path() / "results", "study", false);
  EXPECT_EQ(chosen.path, base.path() / "results" / "study");
  EXPECT_TRUE(std::filesystem::is_directory(chosen.path));
  EXPECT_EQ(chosen.note, "");
  EXPECT_FALSE(chosen.resumes);
}

TEST(OutputDirectory, AFinishedStudyIsLeftAlone) {
  const TemporaryFolder base;
  for (const char* earlier : {"study", "study-2"}) write_whole_file(base.path() / earlier / "runs.csv", "precious");
  const OutputDirectory chosen = choose_output_directory(base.path(), "study", false, [](const auto&) { return true; });
  EXPECT_EQ(chosen.path, base.path() / "study-3");
  EXPECT_NE(chosen.note.find("study-3 (--force replaces it)"), std::string::npos);
  EXPECT_EQ(content_of(base.path() / "study" / "runs.csv"), "precious");
}

TEST(OutputDirectory, ForceRemovesTheStudyAndNothingOfThePersons) {
  const TemporaryFolder base;
  const auto study = base.path() / "study";
  for (const char* file : {"runs.csv", "figures/scaling.png", "runs/000-r0/steps.csv", "my-notes.txt"}) {
    write_whole_file(study / file, "x");
  }
  const OutputDirectory chosen = choose_output_directory(base.path(), "study", true);
  EXPECT_EQ(chosen.path, study);
  EXPECT_NE(chosen.note, "");
  EXPECT_FALSE(std::filesystem::exists(study / "runs.csv"));
  EXPECT_FALSE(std::filesystem::exists(study / "figures"));
  EXPECT_FALSE(std::filesystem::exists(study / "runs"));
  EXPECT_TRUE(std::filesystem::exists(study / "my-notes.txt"));
}

TEST(OutputDirectory, AnInterruptedStudyIsResumedOnlyWhenTheCallerAgrees) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study" / kUnfinishedMark, "{}");
  write_whole_file(base.path() / "study" / "runs.csv", "of what was finished until then");
  const OutputDirectory other = choose_output_directory(base.path(), "study", false, [](const auto&) { return false; });
  EXPECT_EQ(other.path, base.path() / "study-2");
  const OutputDirectory same = choose_output_directory(base.path(), "study", false,
                                                       [&](const auto& path) { return path == base.path() / "study"; });
  EXPECT_EQ(same.path, base.path() / "study");
  EXPECT_TRUE(same.resumes);
  EXPECT_EQ(content_of(base.path() / "study" / "runs.csv"), "of what was finished until then");
}

TEST(OutputDirectory, ForceReplacesAnUnfinishedStudy) {
  const TemporaryFolder base;
  for (const auto& file : {std::string(kUnfinishedMark), std::string("runs/0001/run.json")}) {
    write_whole_file(base.path() / "study" / file, "{}");
  }
  const OutputDirectory chosen = choose_output_directory(base.path(), "study", true, [](const auto&) { return true; });
  EXPECT_EQ(chosen.path, base.path() / "study");
  EXPECT_FALSE(chosen.resumes);
  EXPECT_TRUE(std::filesystem::is_empty(chosen.path));
}

TEST(OutputDirectory, ForceDoesNotTouchAFolderThatIsNoStudy) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study" / "figures" / "holiday.png", "x");
  EXPECT_EQ(choose_output_directory(base.path(), "study", true).path, base.path() / "study-2");
  EXPECT_TRUE(std::filesystem::exists(base.path() / "study" / "figures" / "holiday.png"));
}

TEST(OutputDirectory, APlaceThatCannotBeMadeIsTheUsersError) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "file", "");
  EXPECT_THROW(choose_output_directory(base.path() / "file", "study", false), UsageError);
}

TEST(OutputDirectory, AFileInTheWayIsTheUsersError) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study", "");
  EXPECT_THROW(choose_output_directory(base.path(), "study", false), UsageError);
}

}  // namespace
}  // namespace tandem
