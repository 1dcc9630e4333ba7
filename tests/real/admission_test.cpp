// Strangers at the door: none joins, none holds up or disturbs the run.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/real/loopback_run.h"

namespace tandem::tcp {
namespace {

constexpr int kSize = 3;

TEST(Admission, PortScannersDoNotDisturb) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  for (int i = 0; i < 50; ++i) stranger(rendezvous.port());
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, HalfOpenConnectionsHoldUpNobody) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  std::vector<FileDescriptor> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(stranger(rendezvous.port()));
  const auto start = Clock::now();
  expect_all_join(rendezvous, kSize, token);
  EXPECT_LT(Clock::now() - start, std::chrono::duration<double>(Admission::kHelloTimeout_s))
      << "the run waited for a stranger";
}

TEST(Admission, AFloodOfHalfOpenConnectionsCostsTheOldestTheirPlace) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  std::vector<FileDescriptor> silent;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < 2 * Admission::kMaxCallers; ++i) {
    silent.push_back(stranger(rendezvous.port()));
    receive_challenge(silent.back());
  }
  EXPECT_TRUE(is_turned_away(silent.front()));
  EXPECT_LT(Clock::now() - start, std::chrono::duration<double>(Admission::kHelloTimeout_s))
      << "dropped by its age only";
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, AFloodDoesNotPushOutACallerBeforeItsHello) {
  const Token token = random_bytes();
  Admission admission(listen_on(kLoopback), token, 0, 2, [](const Claim&) { return std::string(); });
  const FileDescriptor caller = stranger(admission.port());
  while (admission.admit()) continue;
  const Deadline grace = deadline_in(Admission::kGrace_s);
  std::vector<FileDescriptor> flood;
  for (std::size_t i = 0; i < Admission::kMaxCallers + 10; ++i) flood.push_back(stranger(admission.port()));
  EXPECT_FALSE(admission.admit());
  const Hello hello = make_hello(token, receive_challenge(caller), make_claim(1, 0, 2, 1));
  send_bytes(caller, &hello, sizeof hello);
  const bool is_in = admission.admit().has_value();
  ASSERT_TRUE(is_in || Clock::now() >= grace) << "pushed out before its grace was over";
}

TEST(Admission, ASilentCallerIsDroppedWhenItsTimeIsOver) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  const FileDescriptor silent = stranger(rendezvous.port());
  const auto start = Clock::now();
  receive_challenge(silent);
  EXPECT_TRUE(is_turned_away(silent));
  EXPECT_GE(Clock::now() - start, std::chrono::duration<double>(Admission::kHelloTimeout_s - 0.1));
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, PartOfAHelloJoinsNobody) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  const FileDescriptor slow = stranger(rendezvous.port());
  const Hello hello = make_hello(token, receive_challenge(slow), make_claim(0, kRendezvous, kSize, 1));
  send_bytes(slow, &hello, sizeof hello - 1);
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, AHelloInManyPiecesIsAsGoodAsOne) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(1, token);
  const FileDescriptor slow = stranger(rendezvous.port());
  const Claim claim = make_claim(0, kRendezvous, 1, 1);
  const Hello hello = make_hello(token, receive_challenge(slow), claim);
  for (std::size_t i = 0; i < sizeof hello; ++i) send_bytes(slow, reinterpret_cast<const char*>(&hello) + i, 1);
  Answer answer;
  receive_all(slow.get(), &answer, sizeof answer, deadline_in(kTestTimeout_s));
  EXPECT_TRUE(is_same(answer.proof, prove(token, "answer", claim.nonce, answer.refusal.data(), answer.refusal.size())));
  EXPECT_EQ(answer.refusal.front(), '\0');
  // What follows is the table and the barrier of a run of one.
  std::vector<char> table(sizeof(TableRow) + sizeof(Digest) + 1);
  receive_all(slow.get(), table.data(), table.size() - 1, deadline_in(kTestTimeout_s));
  send_bytes(slow, "", 1);
  receive_all(slow.get(), table.data(), 1, deadline_in(kTestTimeout_s));
  EXPECT_EQ(rendezvous.failure(), "");
}

TEST(Admission, ARecordedHelloIsWorthless) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  FileDescriptor original = stranger(rendezvous.port());
  const Hello hello = make_hello(token, receive_challenge(original), make_claim(1, kRendezvous, kSize, 1));
  send_bytes(original, &hello, sizeof hello);
  Answer answer;
  receive_all(original.get(), &answer, sizeof answer, deadline_in(kTestTimeout_s));
  ASSERT_EQ(answer.refusal.front(), '\0') << "the original is welcome";

  for (const bool is_still_there : {true, false}) {
    if (!is_still_there) original.reset();
    const FileDescriptor replay = stranger(rendezvous.port());
    receive_challenge(replay);
    send_bytes(replay, &hello, sizeof hello);
    EXPECT_TRUE(is_turned_away(replay));
  }
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, AHelloWithOneBitChangedIsTurnedAway) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  for (std::size_t byte = 0; byte < sizeof(Hello); ++byte) {
    const FileDescriptor caller = stranger(rendezvous.port());
    Hello hello = make_hello(token, receive_challenge(caller), make_claim(1, kRendezvous, kSize, 1));
    reinterpret_cast<unsigned char*>(&hello)[byte] ^= static_cast<unsigned char>(1u << byte % 8);
    send_bytes(caller, &hello, sizeof hello);
    EXPECT_TRUE(is_turned_away(caller)) << "byte " << byte;
  }
  expect_all_join(rendezvous, kSize, token);
}

TEST(Admission, GarbageOfAnyLengthIsTurnedAwayOrIgnored) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(kSize, token);
  std::mt19937 random(7);
  std::vector<FileDescriptor> callers;
  for (std::size_t round = 0; round < 100; ++round) {
    std::vector<unsigned char> garbage(1 + random() % (3 * sizeof(Hello)));
    for (unsigned char& byte : garbage) byte = static_cast<unsigned char>(random());
    callers.push_back(stranger(rendezvous.port()));
    receive_challenge(callers.back());
    send_bytes(callers.back(), garbage.data(), garbage.size());
    if (garbage.size() >= sizeof(Hello)) {
      EXPECT_TRUE(is_turned_away(callers.back())) << garbage.size() << " bytes";
    }
  }
  expect_all_join(rendezvous, kSize, token);
}

// A rank's own door is no weaker than the rendezvous's.
TEST(Admission, StrangersAtARanksDoorDoNotDisturb) {
  const Token token = random_bytes();
  Admission admission(listen_on(kLoopback), token, 0, 2, [](const Claim&) { return std::string(); });
  const FileDescriptor scanner = stranger(admission.port());
  const FileDescriptor misled = stranger(admission.port());
  const FileDescriptor rank = stranger(admission.port());
  for (int call = 1; !admission.admit(); ++call) {
    if (call == 1) {
      // The first call has sent the challenges.
      const Hello wrong = make_hello(token, receive_challenge(misled), make_claim(1, kRendezvous, 2));
      send_bytes(misled, &wrong, sizeof wrong);
      const Hello right = make_hello(token, receive_challenge(rank), make_claim(1, 0, 2));
      send_bytes(rank, &right, sizeof right);
    }
    std::vector<pollfd> entries;
    admission.append_to(entries);
    ASSERT_GT(poll(entries.data(), entries.size(), 20000), 0);
  }
  Answer answer;
  receive_all(misled.get(), &answer, sizeof answer, deadline_in(kTestTimeout_s));
  EXPECT_STREQ(answer.refusal.data(), "the call was meant for another rank");
}

}  // namespace
}  // namespace tandem::tcp
