#include "app/run/timeline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

TEST(Timeline, HasAnArrayForEachFieldAndWaitsNameTheirCause) {
  const std::vector<std::vector<Span>> spans = {
      {{"compute", 0, 0.5, 0.75}, {"idle", 0, 0.75, 1}, {"receive from 1", 2, 1, 3}, {"idle", 0, 3, 4}}, {}};
  const auto json = nlohmann::json::parse(timeline_json(spans, {"worker", "server"}, {.run = "a </script> run"}));
  EXPECT_EQ(json["run"], "a </script> run");
  EXPECT_EQ(json["roles"], nlohmann::json({"worker", "server"}));
  const auto& rank = json["ranks"][0];
  EXPECT_EQ(rank["kind"], "ciri");
  EXPECT_EQ(rank["stack"], nlohmann::json({0, 0, 2, 0}));
  EXPECT_EQ(rank["start"], nlohmann::json({0.5, 0.75, 1, 3}));
  EXPECT_EQ(rank["length"], nlohmann::json({0.25, 0.25, 2, 1}));
  EXPECT_EQ(rank["peer"], nlohmann::json({-1, 1, 1, -1}));
  EXPECT_EQ(json["ranks"][1]["kind"], "");
  EXPECT_EQ(json["note"], "");
}

TEST(Timeline, NamesComputationsAndTheirMicrobatches) {
  const std::vector<std::vector<Span>> spans = {
      {{.name = "forward", .end_s = 1, .microbatch = 0},
       {.name = "idle", .start_s = 1, .end_s = 2},
       {.name = "backward", .start_s = 2, .end_s = 3, .microbatch = 0, .chunk = 1}},
      {{.name = "forward", .end_s = 1, .microbatch = 3}}};
  const auto json = nlohmann::json::parse(timeline_json(spans, {"stage", "stage"}, {.run = "run"}));
  EXPECT_EQ(json["works"], nlohmann::json({"forward", "backward"}));
  EXPECT_EQ(json["ranks"][0]["work"], nlohmann::json({0, -1, 1}));
  EXPECT_EQ(json["ranks"][0]["microbatch"], nlohmann::json({0, -1, 0}));
  EXPECT_EQ(json["ranks"][0]["chunk"], nlohmann::json({0, 0, 1}));
  EXPECT_EQ(json["ranks"][1]["work"], nlohmann::json({0}));
  EXPECT_EQ(json["ranks"][1]["microbatch"], nlohmann::json({3}));
}

TEST(Timeline, NoTextOfItEndsAScript) {
  EXPECT_EQ(timeline_json({}, {"<"}, {.run = "</script>"}).find('<'), std::string::npos);
}

TEST(Timeline, KeepsTheFirstSpansOfAllRanksAndSaysSo) {
  std::vector<std::vector<Span>> spans(2);
  for (int i = 0; i < 7; ++i) {
    for (auto& rank : spans) rank.push_back({"compute", 0, 1.0 * i, 1.0 * i + 1});
  }
  const auto json = nlohmann::json::parse(timeline_json(spans, {"worker", "worker"}, {.run = "run", .most_spans = 6}));
  for (const auto& rank : json["ranks"]) EXPECT_EQ(rank["kind"], "cccc");
  EXPECT_EQ(json["note"], "Only what begins within the first 3 s is shown; trace.json has all.");
}

}  // namespace
}  // namespace tandem
