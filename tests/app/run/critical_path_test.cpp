// What a run's time hangs on, against what can be reckoned by hand.
#include "app/run/critical_path.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "app/store/whole_file.h"
#include "core/message_span.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using Kind = PathPart::Kind;

void add_wait(std::vector<Span>& spans, MessageEnd end, double start_s, double moving_s, double end_s,
              double posted_s) {
  if (moving_s > start_s) spans.push_back({"idle", 0, start_s, moving_s});
  const char* what = end.is_send ? "send to" : "receive from";
  spans.push_back({fmt::format("{} {}", what, end.peer), 0, moving_s, end_s});
  spans.push_back(message_span(end, posted_s, end_s));
}

TEST(CriticalPath, OfNothingIsEmpty) {
  EXPECT_TRUE(critical_path({}, flights_of({})).empty());
  EXPECT_TRUE(critical_path({{}, {}}, flights_of({{}, {}})).empty());
}

TEST(CriticalPath, GoesToTheSenderOfTheMessageThatWasWaitedFor) {
  // Rank 0 computes for 3 s and sends for 1 s; rank 1 has computed for 1 s when it begins to wait.
  std::vector<Span> first = {{"forward", 0, 0, 3}}, second = {{"forward", 0, 0, 1}};
  add_wait(first, {.is_send = true, .peer = 1, .tag = 4, .bytes = 8}, 3, 3, 4, 3);
  add_wait(second, {.peer = 0, .tag = 4, .bytes = 8}, 1, 3, 4, 3);
  second.push_back({"update", 0, 4, 4.5});
  const std::vector<std::vector<Span>> spans = {first, second};
  const auto path = critical_path(spans, flights_of(spans));
  ASSERT_EQ(path.size(), 3u);
  EXPECT_EQ(path[0].kind, Kind::computation);
  EXPECT_EQ(path[0].rank, 0);
  EXPECT_EQ(path[0].end_s, 3);
  EXPECT_EQ(path[1].kind, Kind::message);
  EXPECT_EQ(path[1].from, 0);
  EXPECT_EQ(path[1].rank, 1);
  EXPECT_EQ(path[2].work, "update");
}

TEST(CriticalPath, StaysWithARankThatFoundItsMessageThere) {
  std::vector<Span> first = {{"forward", 0, 0, 1}}, second = {{"forward", 0, 0, 3}};
  add_wait(first, {.is_send = true, .peer = 1}, 1, 1, 2, 1);
  add_wait(second, {.peer = 0}, 3, 3, 3, 1);
  second.push_back({"update", 0, 3, 4});
  const std::vector<std::vector<Span>> spans = {first, second};
  for (const PathPart& part : critical_path(spans, flights_of(spans))) EXPECT_EQ(part.rank, 1);
}

TEST(CriticalPath, AMessageThatBeganBeforeTheWaitHangsOnItsPost) {
  // Posted at 1, taken at 5; the receiver began to wait at 2, which is not what made it late.
  std::vector<Span> first = {{"forward", 0, 0, 1}}, second = {{"forward", 0, 0, 2}};
  add_wait(first, {.is_send = true, .peer = 1}, 1, 1, 5, 1);
  add_wait(second, {.peer = 0}, 2, 2, 5, 1);
  const std::vector<std::vector<Span>> spans = {first, second};
  const auto path = critical_path(spans, flights_of(spans));
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[0].rank, 0);
  EXPECT_EQ(path[1].start_s, 1);
}

TEST(CriticalPath, ASenderThatWaitsForTheReceiveHangsOnItsReceiver) {
  std::vector<Span> first = {{"forward", 0, 0, 1}}, second = {{"forward", 0, 0, 4}};
  add_wait(first, {.is_send = true, .peer = 1}, 1, 4, 5, 4);
  add_wait(second, {.peer = 0}, 4, 4, 4, 4);
  const std::vector<std::vector<Span>> spans = {first, second};
  const auto path = critical_path(spans, flights_of(spans));
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[0].rank, 1);
  EXPECT_EQ(path[0].work, "forward");
  EXPECT_EQ(path[1].kind, Kind::message);
}

TEST(CriticalPath, EndsAlsoWhereClocksDisagree) {
  // Each message was taken before it was sent.
  std::vector<std::vector<Span>> spans(2);
  for (int rank = 0; rank < 2; ++rank) {
    for (double at = 1; at < 20; at += 2) {
      add_wait(spans[static_cast<std::size_t>(rank)], {.peer = 1 - rank}, at - 1, at, at + 0.5, at);
      add_wait(spans[static_cast<std::size_t>(rank)], {.is_send = true, .peer = 1 - rank}, at + 0.5, at + 0.5,
               at + 0.75, at + 5);
    }
  }
  double at_s = 0;
  for (const PathPart& part : critical_path(spans, flights_of(spans))) {
    EXPECT_GE(part.start_s, at_s - 1e-9);
    at_s = part.end_s;
  }
}

TEST(Flights, PairsTheNthSentWithTheNthReceivedOfATag) {
  std::vector<std::vector<Span>> spans(2);
  for (const int tag : {7, 8}) {
    for (int n = 0; n < 3; ++n) {
      const double at = tag * 10 + n;
      add_wait(spans[0], {.is_send = true, .peer = 1, .tag = tag, .bytes = static_cast<std::uint64_t>(n)}, at, at,
               at + 1, at);
    }
  }
  for (int n = 0; n < 3; ++n) {
    for (const int tag : {8, 7}) {
      const double at = 100 + tag * 10 + n;
      add_wait(spans[1], {.peer = 0, .tag = tag, .bytes = static_cast<std::uint64_t>(n)}, at, at, at + 1, at);
    }
  }
  spans[0].push_back(message_span({.is_send = true, .peer = 1, .tag = 9}, 0, 1));  // sent, never received
  const Flights flights = flights_of(spans);
  ASSERT_EQ(flights.all.size(), 6u);
  for (const Flight& flight : flights.all) EXPECT_EQ(flight.end_s - flight.start_s, 101);
}

TEST(Flights, BytesHaveMovedWhenTheReceiverThatWaitedHasThemOrElseTheSender) {
  for (const bool waits : {true, false}) {
    std::vector<std::vector<Span>> spans(2);
    add_wait(spans[0], {.is_send = true, .peer = 1}, 1, 1, 2, 1);
    add_wait(spans[1], {.peer = 0}, waits ? 0 : 5, waits ? 1 : 5, 5, 1);
    EXPECT_EQ(flights_of(spans).all.at(0).moved_s, waits ? 5 : 2);
    EXPECT_EQ(flights_of(spans).all.at(0).end_s, 5);
  }
}

/// The timeline that the program writes of a simulated run of two layers of 3 Mflop and 120,000 values each.
nlohmann::json timeline_of(const std::string& strategy, const std::string& more) {
  const TemporaryFolder folder;
  const std::string file = folder.file("scenario.yaml", fmt::format(R"(tandem: 1
name: path
question: What does its time hang on?
workload:
  model:
    name: profile
    layers:
      - {{name: a, parameters: 120000, forward_flops: 1Mflop, backward_flops: 2Mflop}}
      - {{name: b, parameters: 120000, forward_flops: 1Mflop, backward_flops: 2Mflop}}
  batch: {{per_worker: 4}}
  stop: {{steps: 2}}
cluster:
  workers: 5
  host: {{speed: 1Gflop/s}}
  network: {{bandwidth: 1Gbit/s, latency: 50us}}
{}
strategy: {}
world: sim
sim: {{payload: phantom}}
trace: true
)",
                                                                    more, strategy));
  const Ended ended = run_program(folder, {"run", file, "-o", (folder.path() / "out").string()});
  EXPECT_EQ(ended.code, 0) << ended.err;
  return nlohmann::json::parse(read_whole_file(folder.path() / "out" / "timeline.json"));
}

struct PathTimes {
  std::map<std::string, double> by_kind;
  std::map<int, double> computing_of_rank;
  std::size_t messages = 0;
  double longest_message_s = 0, end_s = 0;
};

PathTimes times_of(const nlohmann::json& timeline) {
  PathTimes times;
  const auto& path = timeline.at("path");
  const auto kinds = path.at("kind").get<std::string>();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const double length = path["length"][i], start = path["start"][i];
    EXPECT_NEAR(start, times.end_s, 1e-9) << "part " << i << " begins where the one before it ends";
    times.end_s = start + length;
    times.by_kind[std::string(1, kinds[i])] += length;
    if (kinds[i] == 'c') times.computing_of_rank[path["rank"][i]] += length;
    if (kinds[i] != 'm') continue;
    ++times.messages;
    times.longest_message_s = std::max(times.longest_message_s, length);
  }
  return times;
}

TEST(CriticalPathOfARun, ARingsIsItsComputationAndTwiceAllButOneRounds) {
  const PathTimes times = times_of(timeline_of("{name: allreduce, collective: ring}", ""));
  constexpr double kSteps = 2, kWorkers = 5;
  const double compute_s = kSteps * 4 * 6e6 / 1e9;
  const double round_s = 50e-6 + 240000 * 4 / kWorkers / 125e6;
  EXPECT_EQ(times.messages, kSteps * 2 * (kWorkers - 1));
  EXPECT_NEAR(times.by_kind.at("c"), compute_s, 1e-9);
  EXPECT_NEAR(times.longest_message_s, round_s, 1e-9);
  EXPECT_NEAR(times.end_s, compute_s + times.messages * round_s, 1e-9) << "which is the run's time";
  EXPECT_EQ(times.by_kind.count("o"), 0u);
}

TEST(CriticalPathOfARun, OneSlowWorkersComputationIsOnItAndNobodyElses) {
  const PathTimes times =
      times_of(timeline_of("{name: allreduce, collective: ring}", "  hosts: [{worker: 3, speed: 100Mflop/s}]"));
  ASSERT_EQ(times.computing_of_rank.count(3), 1u);
  EXPECT_NEAR(times.computing_of_rank.at(3), 2 * 4 * 6e6 / 1e8, 1e-9) << "both of its steps";
  EXPECT_EQ(times.computing_of_rank.size(), 1u);
}

TEST(CriticalPathOfARun, AServersLinkIsOnItOncePerWorker) {
  // All push at once through the server's link, which shares it: a push takes as long as all together. The same back.
  const PathTimes times = times_of(timeline_of("{name: ps-sync}", ""));
  EXPECT_EQ(times.messages, 4u);
  EXPECT_NEAR(times.longest_message_s, 50e-6 + 5 * 240000 * 4 / 125e6, 1e-9);
}

TEST(CriticalPathOfARun, FollowsASecondStack) {
  // The exchange of the last bucket begins when the first layer's backward pass has ended.
  const PathTimes times =
      times_of(timeline_of("{name: allreduce, collective: ring, overlap: true, bucket: 480kB}", ""));
  EXPECT_GE(times.messages, 2 * 2 * 4u);
  EXPECT_NEAR(times.by_kind.at("c") + times.by_kind.at("m"), times.end_s, 1e-6) << "nothing is left unexplained";
}

}  // namespace
}  // namespace tandem
