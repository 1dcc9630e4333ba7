// The lab as a class uses it: the reference answers score full, an empty one does not, and code that is wrong, greedy,
// or no good neighbour gets a verdict in bounded time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "app/lab/task.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Grades an answer to a task; its score goes to `score`.
Ended check(const TemporaryFolder& folder, const std::string& task, const std::string& code, json& score,
            const std::string& seed = "7", const std::string& processor_s = "10") {
  folder.file(task + ".cpp", code);
  Ended ended = run_program(
      folder, {"lab", "check", ".", "--seed", seed, "--json", "score.json", "--processor-time", processor_s});
  score = json::parse(content_of(folder.path() / "score.json"), nullptr, /*allow_exceptions=*/false);
  return ended;
}

std::string solution(const std::string& task) {
  return content_of(TANDEM_SOURCE_DIR "/app/lab/solutions/" + task + ".cpp");
}

std::string handout(const std::string& task) {
  return content_of(TANDEM_SOURCE_DIR "/app/lab/handouts/" + task + "/" + task + ".cpp");
}

std::vector<std::string> tasks() { return lab_tasks().names(); }

class EveryTask : public testing::TestWithParam<std::string> {};

TEST_P(EveryTask, IsSolvedByItsReferenceOnClustersOfAnySeed) {
  const TemporaryFolder folder;
  for (const char* seed : {"7", "2026"}) {
    json score;
    const Ended ended = check(folder, GetParam(), solution(GetParam()), score, seed);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    EXPECT_EQ(score.at("score"), 1.0) << score.dump(2);
    EXPECT_EQ(score.at("of"), 100);
    EXPECT_EQ(score.at("verdict"), "complete");
  }
}

TEST_P(EveryTask, IsHandedOutWithoutItsSolution) {
  const TemporaryFolder folder;
  const Ended handed_out = run_program(folder, {"lab", "new", GetParam(), "mine"});
  EXPECT_EQ(handed_out.code, 0) << handed_out.err;
  EXPECT_THAT(entries_of(folder.path() / "mine"),
              testing::UnorderedElementsAre(GetParam() + ".cpp", "Makefile", "README.md"));

  const Ended ended = run_program(folder, {"lab", "check", "mine", "--json", "-"});
  EXPECT_EQ(ended.code, 3) << ended.err;
  const json score = json::parse(ended.out);
  EXPECT_EQ(score.at("points"), 0) << "an empty file earns nothing";
  EXPECT_EQ(score.at("lab"), GetParam());
  EXPECT_EQ(entries_of(folder.path() / "mine").size(), 3u) << "grading leaves nothing behind";
}

INSTANTIATE_TEST_SUITE_P(Tasks, EveryTask, testing::ValuesIn(tasks()), [](const auto& test) {
  std::string name = "_" + test.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

/// A ring whose function has this body.
std::string ring_that(const std::string& body, const std::string& before = "") {
  return fmt::format(
      "#include \"app/lab/answer.h\"\n#include <cstdio>\n#include <cstdlib>\n#include <vector>\nusing namespace "
      "tandem;\n{}\nstatic void all_reduce([[maybe_unused]] Comm& comm, [[maybe_unused]] Slice data) {{\n{}\n}}\n"
      "void answer(lab::Answer& mine) {{ mine.all_reduce = all_reduce; }}\n",
      before, body);
}

struct Case {
  std::string name, body, verdict;
  std::string processor_s = "10";
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.verdict; }

class BadRing : public testing::TestWithParam<Case> {};

TEST_P(BadRing, GetsItsVerdict) {
  const TemporaryFolder folder;
  json score;
  const Ended ended = check(folder, "ring", ring_that(GetParam().body), score, "7", GetParam().processor_s);
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_EQ(score.at("points"), 0);
  EXPECT_THAT(score.at("verdict").get<std::string>(), HasSubstr(GetParam().verdict));
  EXPECT_THAT(ended.out, HasSubstr(GetParam().verdict));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, BadRing,
    testing::Values(
        Case{"Wrong", "if (data.count > 0) data.f32()[0] = 1;", "are wrong"},
        Case{"BesideTheVector", "data.f32()[data.count] = 1;", "1 rank, 0 values: 1 of rank 0 are wrong"},
        Case{"Crash", "*reinterpret_cast<volatile int*>(8) = 1;", "crashes: Segmentation fault"},
        Case{"Abort", "std::abort();", "crashes: Aborted"},
        Case{"Loop", "for (volatile int i = 0;; i = i + 1) {}", "does not end: it has used 1 s of processor time", "1"},
        Case{"Exit", "std::_Exit(0);", "ends the whole process (exit code 0)"},
        Case{"Hungry", "std::vector<std::vector<char>> all; for (;;) all.emplace_back(1 << 20, 'x');",
             "wants more than 512 MiB of memory"},
        Case{"Chatty", "for (;;) std::puts(\"hello, hello, hello, hello, hello, hello, hello, hello, hello, hello\");",
             "writes or prints more than 16 MiB"},
        Case{"Deadlock", "if (comm.size() > 1) comm.recv((comm.rank() + 1) % comm.size(), 1, data);", "rank 0"}),
    [](const auto& test) { return test.param.name; });

TEST(BadAnswer, ThatSleepsIsEnded) {
  const TemporaryFolder folder;
  json score;
  check(folder, "ring", ring_that("for (;;) pause();", "#include <unistd.h>"), score, "7", "1");
  EXPECT_THAT(score.at("verdict").get<std::string>(), HasSubstr("does not end within 6 s"));
}

TEST(BadAnswer, ThatDoesNotCompileIsShownTheCompilersWords) {
  const TemporaryFolder folder;
  json score;
  const Ended ended = check(folder, "ring", ring_that("this is no program;"), score);
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(score.at("verdict"), "does not compile");
  EXPECT_THAT(ended.out, HasSubstr("error:"));
}

TEST(BadAnswer, ThatSendsTooMuchIsRightButGreedyAndSlow) {
  const TemporaryFolder folder;
  json score;
  const Ended ended = check(folder, "ring", ring_that(R"(
    // Everybody sends everything to rank 0, and gets everything back.
    if (comm.rank() > 0) { comm.send(0, 1, data); comm.recv(0, 2, data); return; }
    for (int rank = 1; rank < comm.size(); ++rank) comm.recv_add(rank, 1, data);
    for (int rank = 1; rank < comm.size(); ++rank) comm.send(rank, 2, data);)"),
                            score);
  EXPECT_EQ(ended.code, 3);
  EXPECT_GE(score.at("points"), 50) << "the sums are right: " << score.dump(2);
  for (const json& one : score.at("checks")) {
    if (one.at("name") != "traffic") continue;
    EXPECT_EQ(one.at("points"), 0) << one;
  }
  EXPECT_THAT(score.at("verdict").get<std::string>(), HasSubstr("B per rank"));
}

TEST(BadAnswer, ThatWorksInOneWorldOnlyIsFoundOutInTheOthers) {
  const TemporaryFolder folder;
  json score;
  // It relies on memory that ranks share where they are threads of one process.
  check(folder, "ring",
        ring_that(R"(
    (void)comm;
    if (comm.rank() == 0) everybodys.assign(data.count, 0);
    barrier(comm);
    for (int rank = 0; rank < comm.size(); ++rank) {
      if (rank == comm.rank()) for (std::size_t i = 0; i < data.count; ++i) everybodys[i] += data.f32()[i];
      barrier(comm);
    }
    for (std::size_t i = 0; i < data.count; ++i) data.f32()[i] = everybodys[i];)",
                  "#include \"algorithms/collectives/collective.h\"\nstatic std::vector<float> everybodys;"),
        score);
  int sums_in_processes = -1, sums_in_sim = -1;
  for (const json& one : score.at("checks")) {
    if (one.at("name") == "sums in sim") sums_in_sim = one.at("points");
    if (one.at("name") == "sums in tcp") sums_in_processes = one.at("points");
  }
  EXPECT_EQ(sums_in_sim, 20);
  EXPECT_EQ(sums_in_processes, 0) << score.dump(2);
}

TEST(Lab, GradesTheSameCodeAndSeedToTheSameBytes) {
  const TemporaryFolder folder;
  json first, second, other;
  check(folder, "sharing", solution("sharing"), first);
  check(folder, "sharing", solution("sharing"), second);
  check(folder, "sharing", solution("sharing"), other, "8");
  EXPECT_EQ(first.dump(), second.dump());
  EXPECT_NE(first.at("checks"), other.at("checks")) << "another seed draws other clusters";
}

TEST(Lab, MistakesOfTheCommandAreExplained) {
  const TemporaryFolder folder;
  const Ended unknown = run_program(folder, {"lab", "new", "rings"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no task \"rings\"; did you mean \"ring\"?\n  allowed: 1f1b, ring"));
  EXPECT_EQ(run_program(folder, {"lab", "check", "."}).code, 2);
  EXPECT_EQ(run_program(folder, {"lab", "new", "ring"}).code, 0);
  const Ended again = run_program(folder, {"lab", "new", "ring"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("ring is there and not empty"));
  EXPECT_NE(handout("ring"), solution("ring"));
}

}  // namespace
}  // namespace tandem
