#include "app/store/study_folder.h"

#include <gtest/gtest.h>

#include "app/store/whole_file.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(StudyFolder, AFreeNameIsTakenWithoutANote) {
  const TemporaryFolder base;
  StudyFolder chosen = open_study_folder(base.path() / "results", "study", false);
  EXPECT_EQ(chosen.path(), base.path() / "results" / "study");
  EXPECT_TRUE(std::filesystem::exists(chosen.path() / kUnfinishedMark));
  EXPECT_EQ(chosen.note(), "");
  EXPECT_FALSE(chosen.resumes());
  chosen.finish();
  EXPECT_TRUE(std::filesystem::is_empty(chosen.path()));
}

TEST(StudyFolder, OneThatWasRemovedMeanwhileIsNotFinished) {
  const TemporaryFolder base;
  StudyFolder chosen = open_study_folder(base.path(), "study", false);
  std::filesystem::remove_all(chosen.path());
  write_whole_file(chosen.path() / "runs.csv", "what ended later");
  EXPECT_THROW(chosen.finish(), UsageError);
}

TEST(StudyFolder, AFinishedStudyIsLeftAlone) {
  const TemporaryFolder base;
  for (const char* earlier : {"study", "study-2"}) write_whole_file(base.path() / earlier / "runs.csv", "precious");
  const StudyFolder chosen = open_study_folder(base.path(), "study", false, "identity");
  EXPECT_EQ(chosen.path(), base.path() / "study-3");
  EXPECT_NE(chosen.note().find("study-3 (--force replaces it)"), std::string::npos);
  EXPECT_EQ(content_of(base.path() / "study" / "runs.csv"), "precious");
}

TEST(StudyFolder, ForceRemovesTheStudyAndNothingOfThePersons) {
  const TemporaryFolder base;
  const auto study = base.path() / "study";
  for (const char* file : {"runs.csv", "figures/scaling.png", "runs/000-r0/steps.csv", "my-notes.txt"}) {
    write_whole_file(study / file, "x");
  }
  const StudyFolder chosen = open_study_folder(base.path(), "study", true);
  EXPECT_EQ(chosen.path(), study);
  EXPECT_NE(chosen.note(), "");
  EXPECT_FALSE(std::filesystem::exists(study / "runs.csv"));
  EXPECT_FALSE(std::filesystem::exists(study / "figures"));
  EXPECT_FALSE(std::filesystem::exists(study / "runs"));
  EXPECT_TRUE(std::filesystem::exists(study / "my-notes.txt"));
}

TEST(StudyFolder, AnInterruptedStudyGoesOnWhereItIsTheSame) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study" / kUnfinishedMark, "these runs");
  write_whole_file(base.path() / "study" / "runs.csv", "of what was finished until then");
  EXPECT_EQ(open_study_folder(base.path(), "study", false, "other runs").path(), base.path() / "study-2");
  EXPECT_EQ(open_study_folder(base.path(), "study", false).path(), base.path() / "study-3") << "it cannot go on";
  const StudyFolder same = open_study_folder(base.path(), "study", false, "these runs");
  EXPECT_EQ(same.path(), base.path() / "study");
  EXPECT_TRUE(same.resumes());
  EXPECT_EQ(content_of(base.path() / "study" / "runs.csv"), "of what was finished until then");
}

TEST(StudyFolder, OneThatIsBeingWrittenIsNobodyElses) {
  for (const bool force : {false, true}) {
    const TemporaryFolder base;
    const StudyFolder mine = open_study_folder(base.path(), "study", false, "these runs");
    const StudyFolder other = open_study_folder(base.path(), "study", force, "these runs");
    EXPECT_EQ(other.path(), base.path() / "study-2") << force;
    EXPECT_NE(other.note().find("is not this one or is under way"), std::string::npos) << other.note();
  }
}

// Whoever makes the mark has the folder, and not all that have found it empty.
TEST(StudyFolder, OfManyProgramsAtOnceEachGetsAFolderOfItsOwn) {
  constexpr int kPrograms = 7;
  const TemporaryFolder base;
  std::vector<Child> programs;
  for (int i = 0; i < kPrograms; ++i) {
    programs.push_back(fork_child({}, [&] {
      StudyFolder folder = open_study_folder(base.path(), "study", false, "the same runs");
      if (folder.resumes() || std::filesystem::exists(folder.path() / "runs.csv")) return 1;
      write_whole_file(folder.path() / "runs.csv", "");
      folder.finish();
      return 0;
    }));
  }
  for (Child& program : programs) EXPECT_TRUE(program.wait().is_success());
  for (int copy = 2; copy <= kPrograms; ++copy)
    EXPECT_TRUE(std::filesystem::exists(base.path() / ("study-" + std::to_string(copy)))) << copy;
}

TEST(StudyFolder, ForceReplacesAnUnfinishedStudy) {
  const TemporaryFolder base;
  for (const auto& file : {std::string(kUnfinishedMark), std::string("runs/0001/run.json")}) {
    write_whole_file(base.path() / "study" / file, "{}");
  }
  StudyFolder chosen = open_study_folder(base.path(), "study", true, "{}");
  EXPECT_EQ(chosen.path(), base.path() / "study");
  EXPECT_FALSE(chosen.resumes());
  chosen.finish();
  EXPECT_TRUE(std::filesystem::is_empty(chosen.path()));
}

TEST(StudyFolder, ForceDoesNotTouchAFolderThatIsNoStudy) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study" / "figures" / "holiday.png", "x");
  EXPECT_EQ(open_study_folder(base.path(), "study", true).path(), base.path() / "study-2");
  EXPECT_TRUE(std::filesystem::exists(base.path() / "study" / "figures" / "holiday.png"));
}

TEST(StudyFolder, APlaceThatCannotBeMadeIsTheUsersError) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "file", "");
  EXPECT_THROW(open_study_folder(base.path() / "file", "study", false), UsageError);
}

TEST(StudyFolder, AFileInTheWayIsTheUsersError) {
  const TemporaryFolder base;
  write_whole_file(base.path() / "study", "");
  EXPECT_THROW(open_study_folder(base.path(), "study", false), UsageError);
}

}  // namespace
}  // namespace tandem
