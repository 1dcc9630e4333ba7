#include "core/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/message_span.h"

namespace tandem {
namespace {

TEST(Traffic, Adds) {
  Traffic sum{1, 2, 3, 4};
  sum += {10, 20, 30, 40};
  EXPECT_EQ(sum, (Traffic{11, 22, 33, 44}));
}

TEST(Ledger, KeepsSpansOnlyWhileCountingAndTracing) {
  Ledger ledger;
  for (bool counting : {false, true}) {
    for (bool tracing : {false, true}) {
      ledger.counting = counting;
      ledger.tracing = tracing;
      ledger.add_span({.name = "compute", .start_s = 1, .end_s = 2});
    }
  }
  EXPECT_EQ(ledger.spans.size(), 1u);
}

TEST(ChromeTrace, IsJsonWithOneProcessARankInMicroseconds) {
  const auto trace = nlohmann::json::parse(chrome_trace({{{"compute", 0, 0.5, 0.75}, {"send to 1", 2, 1, 2}}, {}}));
  const auto& events = trace.at("traceEvents");
  ASSERT_EQ(events.size(), 4u);  // a name a rank, and two spans
  EXPECT_EQ(events[1].at("name"), "compute");
  EXPECT_EQ(events[1].at("ts"), 500000.0);
  EXPECT_EQ(events[1].at("dur"), 250000.0);
  EXPECT_EQ(events[2].at("tid"), 2);
  EXPECT_EQ(events[3].at("pid"), 1);
}

TEST(ChromeTrace, NamesTheMicrobatchOfAComputation) {
  const Span span{.name = "forward", .start_s = 1, .end_s = 2, .microbatch = 7};
  EXPECT_EQ(nlohmann::json::parse(chrome_trace({{span}})).at("traceEvents")[1].at("name"), "forward 7");
}

TEST(ChromeTrace, AnArrowGoesFromASendToItsReceive) {
  const std::vector<std::vector<Span>> spans = {
      {message_span({.is_send = true, .peer = 1, .tag = 4, .bytes = 12}, 1, 2)},
      {message_span({.peer = 0, .tag = 4, .bytes = 12}, 1.5, 3)}};
  const auto events = nlohmann::json::parse(chrome_trace(spans)).at("traceEvents");
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[1].at("ph"), "s");
  EXPECT_EQ(events[1].at("ts"), 1e6);
  EXPECT_EQ(events[3].at("ph"), "f");
  EXPECT_EQ(events[3].at("ts"), 3e6);
  EXPECT_EQ(events[1].at("id"), events[3].at("id"));
}

TEST(MessageSpan, ReadsWhatItWroteAndNothingElse) {
  for (const MessageEnd end : {MessageEnd{true, 0, 0, 0}, MessageEnd{false, 12, -3, 1ull << 40}})
    EXPECT_EQ(message_of(message_span(end, 0, 1).name), end);
  for (const char* other : {"", "idle", "send to 1", "message to ", "message to 1", "message to 1, tag 2, bytes 3x"})
    EXPECT_EQ(message_of(other), std::nullopt) << other;
}

TEST(ChromeTrace, OfNobodyIsStillJson) {
  EXPECT_TRUE(nlohmann::json::parse(chrome_trace({})).at("traceEvents").empty());
}

}  // namespace
}  // namespace tandem
