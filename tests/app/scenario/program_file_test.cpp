// Programs that `replay` plays: as they are written they are read, and what cannot be played is refused at its place.
#include "app/scenario/program_file.h"

#include <gmock/gmock.h>

#include "tests/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::shared_ptr<const ReplayProgram> read(const std::string& text, std::string* refusal = nullptr) {
  const TemporaryFolder folder;
  Diagnostics diagnostics;
  Programs programs(diagnostics);
  const auto program = programs.read(folder.file("program.yaml", text));
  try {
    diagnostics.throw_if_any();
  } catch (const ScenarioError& error) {
    if (refusal == nullptr) throw;
    *refusal = error.what();
  }
  return program;
}

std::string refusal_of(const std::string& ranks) {
  std::string refusal;
  EXPECT_EQ(read("name: refused\n" + ranks, &refusal), nullptr) << ranks;
  return refusal;
}

constexpr const char* kAllKinds = R"(name: "all kinds"
source: "by hand: \"#1\""
groups:
- [1, 0]
ranks:
# rank 0
- - {do: compute, time: 1.5ms, name: "forward 0"}
  - {do: send, to: 1, bytes: 1001B, tag: 7}
  - {do: compute, time: 1ms, flops: 3Mflop, stream: 2, after: []}
  - {do: compute, time: 0s, after: [0, 2]}
  - {do: all-reduce, bytes: 4kB, stream: 1}
  - {do: broadcast, bytes: 4B, root: 1, group: 0, stream: 1}
  - {do: barrier, stream: 1}
# rank 1
- - {do: receive, from: 0, bytes: 1001B, tag: 7}
  - {do: all-reduce, bytes: 4kB}
  - {do: broadcast, bytes: 4B, root: 1, group: 0}
  - {do: barrier}
# rank 2
- - {do: all-reduce, bytes: 4kB}
  - {do: barrier}
# rank 3
- - {do: all-reduce, bytes: 4kB, stream: 3}
  - {do: barrier, stream: 3}
)";

TEST(ProgramFile, IsWrittenAsItIsRead) {
  const std::string text = kAllKinds;
  const auto program = read(text);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program_text(*program), text);
  EXPECT_EQ(program->groups, (std::vector<std::vector<int>>{{0, 1, 2, 3}, {1, 0}}));
  EXPECT_EQ(program->ranks[0][2].after.size(), 0U);
  EXPECT_EQ(program->ranks[0][1].after, std::vector<std::uint32_t>{0});
  EXPECT_DOUBLE_EQ(program->ranks[0][2].flops, 3e6);
}

TEST(ProgramFile, MayHaveMoreValuesThanAScenario) {
  constexpr std::size_t kActivities = 20'001;
  std::string text = "name: long\nranks:\n- ";
  for (std::size_t i = 0; i < kActivities; ++i)
    text += (i == 0 ? "- " : "  - ") + std::string("{do: compute, time: 1us, stream: 1, name: forward}\n");
  const auto program = read(text);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->ranks[0].size(), kActivities);
}

TEST(ProgramFile, TellsWhereAnActivityIsNotAsItMustBe) {
  EXPECT_THAT(refusal_of("ranks:\n- - {do: sent, to: 1, bytes: 4B}\n- []\n"),
              testing::AllOf(HasSubstr("program.yaml:3:10: error:"), HasSubstr("did you mean \"send\"")));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: send, from: 1, bytes: 4B}\n- []\n"), HasSubstr("does not take \"from\""));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: send, to: 2, bytes: 4B}\n- []\n"),
              HasSubstr("ranks[0][0] is a message to rank 2, and the program has 2"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: send, to: 0, bytes: 4B}\n"), HasSubstr("to itself"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: compute, time: 1s, after: [0]}\n"),
              HasSubstr("program.yaml:3:5: error: ranks[0][0] is after 0, which does not stand before it"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: all-reduce, bytes: 6B}\n"), HasSubstr("no multiple of 4"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: all-to-all, bytes: 4B}\n- - {do: all-to-all, bytes: 4B}\n"),
              HasSubstr("no multiple of 8"));
  EXPECT_THAT(refusal_of("groups: [[1]]\nranks:\n- - {do: barrier, group: 0}\n- []\n"), HasSubstr("rank 0 is not in"));
  EXPECT_THAT(refusal_of("groups: [[0, 2]]\nranks:\n- []\n- []\n"), HasSubstr("groups[0] has rank 2"));
  EXPECT_THAT(refusal_of("groups: [[0, 0]]\nranks:\n- []\n- []\n"), HasSubstr("a rank twice"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: barrier, group: 0}\n"), HasSubstr("is of group 0, and there are 0"));
}

TEST(ProgramFile, RefusesMessagesWithOneSide) {
  EXPECT_THAT(
      refusal_of("ranks:\n- - {do: send, to: 1, bytes: 4B, tag: 3}\n- []\n"),
      HasSubstr("program.yaml:3:5: error: activity 0 of rank 0 sends to rank 1 with tag 3, which receives only 0"));
  EXPECT_THAT(refusal_of("ranks:\n- []\n- - {do: receive, from: 0, bytes: 4B, name: gradient}\n"),
              HasSubstr("program.yaml:4:5: error: activity 0 (gradient) of rank 1 receives from rank 0"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: send, to: 1, bytes: 4B}\n- - {do: receive, from: 0, bytes: 5B}\n"),
              HasSubstr("receives 5 bytes, and activity 0 of rank 0 sends 4"));
}

TEST(ProgramFile, RefusesCollectivesThatRanksDoNotAgreeOn) {
  EXPECT_THAT(refusal_of("ranks:\n- - {do: barrier}\n- []\n"),
              HasSubstr("activity 0 of rank 0 is a collective that rank 1 does not call"));
  EXPECT_THAT(refusal_of("ranks:\n- []\n- - {do: barrier}\n"),
              HasSubstr("activity 0 of rank 1 is a collective that rank 0 does not call"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: all-reduce, bytes: 4B}\n- - {do: all-reduce, bytes: 8B}\n"),
              HasSubstr("is all-reduce of 8 bytes, and rank 0 calls all-reduce of 4 bytes in its place"));
  EXPECT_THAT(refusal_of("ranks:\n- - {do: barrier}\n  - {do: barrier, stream: 1}\n- []\n"),
              HasSubstr("another stream"));
}

// Two sends that both wait for their receives; with the receives posted at once there is no cycle.
TEST(ProgramFile, RefusesRanksThatWaitForEachOther) {
  const std::string head = "ranks:\n- - {do: send, to: 1, bytes: 4B, name: up}\n  - {do: receive, from: 1, bytes: 4B";
  const std::string tail = "}\n- - {do: send, to: 0, bytes: 4B, name: down}\n  - {do: receive, from: 0, bytes: 4B}\n";
  EXPECT_THAT(
      refusal_of(head + tail),
      HasSubstr("waits for itself: activity 0 (up) of rank 0, for activity 1 of rank 1, for activity 0 (down) of "
                "rank 1, for activity 1 of rank 0"));
  EXPECT_NE(read("name: good\n" + head + ", after: []" + tail), nullptr);
}

// A rank in two groups calls them in orders that contradict each other; in two streams they do not.
TEST(ProgramFile, RefusesCollectivesOfTwoGroupsThatWaitForEachOther) {
  const std::string head = "groups: [[0, 1], [1, 0]]\nranks:\n- - {do: barrier, group: 0}\n  - {do: barrier, group: 1";
  const std::string tail = "}\n- - {do: barrier, group: 1, stream: 2}\n  - {do: barrier, group: 0}\n";
  EXPECT_THAT(refusal_of(head + tail), HasSubstr("waits for itself"));
  EXPECT_NE(read("name: good\n" + head + ", stream: 1, after: []" + tail), nullptr);
}

}  // namespace
}  // namespace tandem
