// Nothing that a stranger says at the door, and nothing that a peer says on an established connection, may hang a rank,
// write beside a buffer or pass for a message that was not sent. tests/chaos has a campaign of the same.
#include "tests/real/fuzz.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace tandem::tcp {
namespace {

TEST(Fuzz, FramesOfAllKindsHangNothingAndDisturbNoBuffer) {
  for (unsigned seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Conversation(seed).play();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST(Fuzz, NoStrangerJoinsOrKeepsTheRunFromStarting) {
  const Token token = random_bytes();
  ServedRendezvous rendezvous(2, token);
  auto rank_0 =
      std::async(std::launch::async, [&] { return join(0, 2, kLoopback, rendezvous.port(), token, kTestTimeout_s); });

  const FileDescriptor overheard = stranger(rendezvous.port());
  const Hello recorded = make_hello(token, receive_challenge(overheard), make_claim(1, kRendezvous, 2, 1));
  Random random(3);
  std::vector<FileDescriptor> silent;
  for (int call = 0; call < 500; ++call) {
    FileDescriptor caller = stranger(rendezvous.port());
    const Challenge challenge = receive_challenge(caller);
    const auto said = false_hello(random, challenge, recorded);
    if (!said.empty()) send_bytes(caller, said.data(), said.size());
    if (said.size() >= sizeof(Hello)) {
      ASSERT_TRUE(is_turned_away(caller)) << "call " << call;
    } else if (below(random, 2) == 0) {
      silent.push_back(std::move(caller));
    }
  }
  const Mesh rank_1 = join(1, 2, kLoopback, rendezvous.port(), token, kTestTimeout_s);
  EXPECT_TRUE(rank_0.get().sockets[1]);
  EXPECT_TRUE(rank_1.sockets[0]);
  EXPECT_EQ(rendezvous.failure(), "");
}

}  // namespace
}  // namespace tandem::tcp
