// Ranks that join, ranks that do not come, and ranks that call the wrong run.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/real/loopback_run.h"

namespace tandem::tcp {
namespace {

std::string error_of_join(int rank, int size, std::uint16_t port, const Token& token,
                          double timeout_s = kTestTimeout_s) {
  try {
    join(rank, size, kLoopback, port, token, timeout_s);
  } catch (const ConnectionError& error) {
    return error.what();
  }
  return "";
}

class EachSize : public testing::TestWithParam<int> {};

TEST_P(EachSize, EveryPairIsConnected) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(GetParam(), token);
  expect_all_join(rendezvous, GetParam(), token);
}
INSTANTIATE_TEST_SUITE_P(Rendezvous, EachSize, testing::Values(1, 2, 3, 5, 8, 17));

TEST(Rendezvous, NamesTheRanksThatDidNotCome) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(4, token, 0.3);
  auto joined = std::async(std::launch::async, [&] { return error_of_join(2, 4, rendezvous.port(), token, 0.6); });
  EXPECT_EQ(rendezvous.failure(), "ranks 0, 1, 3 did not join within 0.3 s");
  EXPECT_NE(joined.get(), "");
}

TEST(Rendezvous, SaysWhoIsMissingWhileItWaits) {
  const Token token = random_bytes();
  std::vector<std::string> words;
  Rendezvous rendezvous({.size = 2,
                         .timeout_s = 0.5,
                         .report = [&](const std::string& text) { words.push_back(text); },
                         .first_notice_s = 0.1,
                         .notice_interval_s = 100},
                        token);
  EXPECT_THROW(rendezvous.serve(), RunFailed);
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0], "waiting for ranks 0, 1 to join (0 s of at most 0.5 s)");
}

TEST(Rendezvous, ReturnsToItsCallerWhenAWatchedDescriptorIsReadable) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor(ends[1]).reset();
  Rendezvous rendezvous({.size = 1, .timeout_s = kTestTimeout_s}, random_bytes());
  EXPECT_FALSE(rendezvous.serve(std::vector<int>{reading.get()}));
}

TEST(Rendezvous, ARankWithAnotherTokenIsNotAdmitted) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  const std::string error = error_of_join(0, 2, rendezvous.port(), random_bytes());
  EXPECT_NE(error.find("the token is not this run's"), std::string::npos) << error;
  expect_all_join(rendezvous, 2, token);
}

TEST(Rendezvous, ARankOfAnotherRunSizeIsToldSo) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  EXPECT_EQ(error_of_join(0, 3, rendezvous.port(), token), "this run has 2 ranks, not 3");
  EXPECT_EQ(error_of_join(2, 2, rendezvous.port(), token), "rank 2 is not one of 0 to 1");
  expect_all_join(rendezvous, 2, token);
}

TEST(Rendezvous, ARankOfAnotherVersionIsToldSo) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  const auto error_of = [&](const Claim& claim) -> std::string {
    try {
      const FileDescriptor socket = connect_to(kLoopback, rendezvous.port(), deadline_in(kTestTimeout_s));
      introduce(socket.get(), token, claim, deadline_in(kTestTimeout_s));
    } catch (const ConnectionError& error) {
      return error.what();
    }
    return "";
  };
  Claim older = make_claim(1, kRendezvous, 2, 1);
  older.release = {'0', '.', '0', '.', '7', '\033'};
  const std::string mine(this_release().data());
  EXPECT_EQ(error_of(older), "this run is by Tandem " + mine + ", not 0.0.7; every rank needs the same");
  older = make_claim(1, kRendezvous, 2, 1);
  older.version = 1;
  EXPECT_EQ(error_of(older), "this run speaks version 2 of the protocol, not 1");
  expect_all_join(rendezvous, 2, token);
}

TEST(Rendezvous, ASecondRankOfTheSameNumberIsRefusedAndTheFirstStays) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  const FileDescriptor first = stranger(rendezvous.port());
  const Listener listener = listen_on(kLoopback);
  introduce(first.get(), token, make_claim(0, kRendezvous, 2, listener.port), deadline_in(kTestTimeout_s));
  EXPECT_EQ(error_of_join(0, 2, rendezvous.port(), token), "rank 0 has joined already");

  // The table goes to the first as soon as rank 1 is there.
  auto other = std::async(std::launch::async, [&] { return error_of_join(1, 2, rendezvous.port(), token, 1); });
  std::vector<TableRow> table(2);
  EXPECT_NO_THROW(receive_all(first.get(), table.data(), 2 * sizeof(TableRow), deadline_in(kTestTimeout_s)));
  EXPECT_EQ(table[0].port, listener.port);
  EXPECT_NE(other.get(), "");
}

TEST(Rendezvous, ARankThatLeftBeforeTheOthersCameMayComeAgain) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  FileDescriptor first = stranger(rendezvous.port());
  introduce(first.get(), token, make_claim(0, kRendezvous, 2, 1), deadline_in(kTestTimeout_s));
  first.reset();
  expect_all_join(rendezvous, 2, token);
}

TEST(Join, ARendezvousThatDoesNotKnowTheTokenIsNotBelieved) {
  const Listener listener = listen_on(kLoopback);
  auto impostor = std::async(std::launch::async, [&] {
    pollfd entry{listener.socket.get(), POLLIN, 0};
    poll(&entry, 1, 20000);
    const FileDescriptor caller = accept_from(listener.socket.get());
    const Challenge challenge{kMagic, kVersion, random_bytes()};
    send_bytes(caller, &challenge, sizeof challenge);
    Hello hello;
    receive_all(caller.get(), &hello, sizeof hello, deadline_in(kTestTimeout_s));
    const Answer answer;
    send_bytes(caller, &answer, sizeof answer);
  });
  EXPECT_EQ(error_of_join(0, 2, listener.port, random_bytes()), "who answers there does not know this run's token");
  impostor.get();
}

TEST(Join, SaysWhenNobodyListens) {
  const std::uint16_t port = listen_on(kLoopback).port;
  const std::string error = error_of_join(0, 2, port, random_bytes(), 0.1);
  EXPECT_NE(error.find("Connection refused"), std::string::npos) << error;
}

TEST(Listen, AnAddressThatIsNotOursIsAUsersError) {
  EXPECT_THROW(listen_on("192.0.2.1"), UsageError);
  EXPECT_THROW(listen_on("not an address"), UsageError);
}

}  // namespace
}  // namespace tandem::tcp
