// Who may ask the local server.
#include "app/serve/guard.h"

#include <gtest/gtest.h>

#include <set>

namespace tandem {
namespace {

const Guard kGuard(8123, "secret");

int status_for(Request request) {
  if (request.path.empty()) request.path = "/api/study";
  const auto refusal = kGuard.refusal(request);
  return refusal ? refusal->status : 0;
}

TEST(Guard, TheTokenOpensTheAnswersAndThePageNeedsNone) {
  EXPECT_EQ(status_for({.host = "127.0.0.1:8123", .token = "secret"}), 0);
  EXPECT_EQ(status_for({.host = "localhost:8123", .origin = "http://localhost:8123", .token = "secret"}), 0);
  for (const char* token : {"", "secreT", "secret ", "secre", "secrets"})
    EXPECT_EQ(status_for({.host = "127.0.0.1:8123", .token = token}), 401) << token;
  EXPECT_EQ(status_for({.path = "/", .host = "127.0.0.1:8123"}), 0);
}

TEST(Guard, AnotherNameOfThisMachineIsRefusedEvenWithTheToken) {
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:8124", "127.0.0.1:81234", "evil.example:8123",
                           "localhost.evil.example:8123", "127.0.0.1.evil.example:8123", "[::1]:8123"}) {
    EXPECT_EQ(status_for({.host = host, .token = "secret"}), 403) << host;
    EXPECT_EQ(status_for({.path = "/", .host = host}), 403) << host;
  }
}

TEST(Guard, AnotherPageIsRefusedEvenWithTheToken) {
  for (const char* origin : {"null", "http://evil.example", "https://127.0.0.1:8123", "http://127.0.0.1:8124",
                             "http://127.0.0.1:8123.evil.example", "127.0.0.1:8123"})
    EXPECT_EQ(status_for({.host = "127.0.0.1:8123", .origin = origin, .token = "secret"}), 403) << origin;
}

TEST(Guard, TokensAreLongAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(new_token());
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(seen.begin()->size(), 32u);
}

}  // namespace
}  // namespace tandem
