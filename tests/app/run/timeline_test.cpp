#include "app/run/timeline.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/message_span.h"

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
  EXPECT_EQ(json["ranks"][1]["work"], nlohmann::json::array({0}));
  EXPECT_EQ(json["ranks"][1]["microbatch"], nlohmann::json::array({3}));
}

// Ranks 0 and 1 share a node; rank 2 is on another. Two messages from 0 to 2 follow each other, one goes to 1.
TEST(Timeline, MessagesHaveTheLinksThatTheyPassAndMoveOneAfterTheOther) {
  Cluster cluster;
  cluster.workers = 4;
  cluster.ranks_per_node = 2;
  cluster.network.bandwidth_bytes_per_s = 1e6;
  cluster.network.latency_s = 0.5;
  cluster.network.intra_node = {.bandwidth_bytes_per_s = 4e6, .latency_s = 0.25};
  cluster.network.model.latency_factor = 2;
  const auto sent = [](int to, int tag, double end) { return message_span({true, to, tag, 8}, 0, end); };
  std::vector<std::vector<Span>> spans = {{sent(2, 1, 3), sent(2, 2, 5), sent(1, 3, 2)}, {}, {}, {}};
  const auto receive = [&](std::size_t rank, int tag, double end) {
    spans[rank].push_back({"idle", 0, 0, end});
    spans[rank].push_back(message_span({false, 0, tag, 8}, 0, end));
  };
  receive(1, 3, 2), receive(2, 1, 3), receive(2, 2, 5);

  const std::vector<std::string> roles(4, "worker");
  const auto json = nlohmann::json::parse(timeline_json(spans, roles, {.run = "run", .cluster = &cluster}));
  const auto &links = json["links"], &messages = json["messages"];
  EXPECT_EQ(links["name"], nlohmann::json({"host-0", "host-1", "rank-0", "rank-1"})) << "idle ranks have no row";
  EXPECT_EQ(links["bandwidth"], nlohmann::json({1e6, 1e6, 1e6, 1e6, 4e6, 4e6, 4e6, 4e6}));
  std::map<std::pair<int, double>, nlohmann::json> path_of, begin_of;
  for (std::size_t i = 0; i < messages["to"].size(); ++i) {
    const std::pair key{messages["to"][i].get<int>(),
                        messages["begin"][i].get<double>() + messages["moving"][i].get<double>()};
    path_of[key] = links["routes"][messages["route"][i].get<std::size_t>()];
    begin_of[key] = messages["begin"][i];
  }
  EXPECT_EQ(path_of.at({1, 2.0}), nlohmann::json({4, 7})) << "out of rank 0 and into rank 1";
  EXPECT_EQ(path_of.at({2, 3.0}), nlohmann::json({0, 3})) << "out of node 0 and into node 1";
  EXPECT_EQ(begin_of.at({1, 2.0}), 0.5);
  EXPECT_EQ(begin_of.at({2, 3.0}), 1) << "after its latency";
  EXPECT_EQ(begin_of.at({2, 5.0}), 3) << "after the message before it";

  const auto real = nlohmann::json::parse(timeline_json(spans, roles, {.run = "run", .has_one_clock = false}));
  EXPECT_EQ(real["links"]["name"], nlohmann::json::array());
  EXPECT_EQ(real["messages"]["begin"], nlohmann::json({0.0, 0.0, 0.0}));
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
