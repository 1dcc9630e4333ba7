// A rank that fails or ends: the others hear of it, and the run names the one that failed first.
#include <fmt/format.h>

#include <stdexcept>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

WorldOptions options(int ranks) { return {.ranks = ranks, .timeout_s = 20}; }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// Who the wait says has failed; -1 when it ends otherwise.
int failed_peer(const std::function<void()>& wait) {
  try {
    wait();
  } catch (const PeerFailed& failure) {
    return failure.rank();
  }
  return -1;
}

TEST_P(EachWorld, EveryoneWhoWaitsForADeadRankHearsOfIt) {
  const std::string text = failure_of(world(), options(4), [](Comm& comm) {
    if (comm.rank() == 2) throw std::runtime_error("a deliberate mistake");
    const Buffer incoming = comm.make_buffer(3);
    require_equal(failed_peer([&] { comm.recv(2, 1, incoming); }), 2, "who failed");
    require_equal(failed_peer([&] { comm.recv(2, 1, incoming); }), 2, "who failed, asked again");
  });
  EXPECT_TRUE(contains(text, "rank 2") && contains(text, "a deliberate mistake")) << text;
}

// Ranks 0, 1 and 3 fail only because rank 2 did.
TEST_P(EachWorld, TheRunNamesTheRankThatFailedFirst) {
  const std::string text = failure_of(world(), options(4), [](Comm& comm) {
    const Buffer buffer = comm.make_buffer(3);
    if (comm.rank() == 2) {
      for (int peer : {0, 1, 3}) await(comm, peer);
      throw std::runtime_error("a deliberate mistake");
    }
    tell(comm, 2);
    comm.recv((comm.rank() + 1) % comm.size(), 1, buffer);
  });
  EXPECT_TRUE(contains(text, "rank 2") && contains(text, "a deliberate mistake")) << text;
  EXPECT_FALSE(contains(text, "waiting for")) << "that is one of those who waited: " << text;
}

TEST_P(EachWorld, AnAddingReceiveFromADeadRankFails) {
  const std::string text = failure_of(world(), options(2), [](Comm& comm) {
    if (comm.rank() == 1) throw std::runtime_error("a deliberate mistake");
    const Buffer sum = comm.make_buffer(3);
    require_equal(failed_peer([&] { comm.recv_add(1, 1, sum); }), 1, "who failed");
    require_equal(sum.slice().f32()[0], 0.0f, "first value");
  });
  EXPECT_TRUE(contains(text, "rank 1") && contains(text, "a deliberate mistake")) << text;
}

TEST_P(EachWorld, AFailureInARunOfOneRankIsItsText) {
  const std::string text =
      failure_of(world(), options(1), [](Comm&) { throw std::runtime_error("a deliberate mistake"); });
  EXPECT_TRUE(contains(text, "rank 0") && contains(text, "a deliberate mistake")) << text;
}

TEST_P(EachWorld, TheOthersGoOnWithoutADeadRank) {
  const std::string text = failure_of(world(), options(3), [](Comm& comm) {
    if (comm.rank() == 1) throw std::runtime_error("a deliberate mistake");
    const int peer = 2 - comm.rank();
    const Buffer missing = comm.make_buffer(3), incoming = comm.make_buffer(3);
    Op ops[] = {comm.irecv(1, 1, missing), comm.irecv(peer, 1, incoming)};
    require_equal(failed_peer([&] { comm.wait_any({ops, 1}); }), 1, "who failed");
    require(!ops[0], "the op that failed is none");
    const Buffer outgoing = filled(comm, 3, comm.rank(), 0);
    Op send = comm.isend(peer, 1, outgoing);
    Op both[] = {ops[1], send};
    comm.wait_all(both);
    require_filled(incoming, peer, 0, "from the one that is left");
  });
  EXPECT_TRUE(contains(text, "rank 1") && contains(text, "a deliberate mistake")) << text;
}

TEST_P(EachWorld, WhatARankSentBeforeItEndedArrives) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      for (int message = 0; message < 3; ++message) comm.send(1, 1, filled(comm, 33, 0, message));
      return;
    }
    const Buffer incoming = comm.make_buffer(33);
    for (int message = 0; message < 3; ++message) {
      comm.recv(0, 1, incoming);
      require_filled(incoming, 0, message, "sent before the end");
    }
    require_equal(failed_peer([&] { comm.recv(0, 1, incoming); }), 0, "who has ended");
  });
}

TEST_P(EachWorld, ASendToARankThatHasEndedFails) {
  run(world(), {.ranks = 2, .timeout_s = 20, .rendezvous_sends = true}, [](Comm& comm) {
    if (comm.rank() == 0) return;
    const Buffer outgoing = filled(comm, 33, 1, 0);
    require_equal(failed_peer([&] { comm.send(0, 1, outgoing); }), 0, "who has ended");
  });
}

TEST_P(EachWorld, AWaitThatNobodyAnswersFailsTheRun) {
  // A second, because joining has the same limit, and is slow under a sanitizer on a busy machine.
  const std::string text = failure_of(world(), {.ranks = 2, .timeout_s = 1}, [](Comm& comm) {
    const Buffer incoming = comm.make_buffer(3);
    comm.recv(1 - comm.rank(), 7, incoming);
  });
  EXPECT_TRUE(contains(text, "3 values from rank") && contains(text, "tag 7")) << text;
}

TEST_P(EachRealWorld, PhantomsAreRefused) {
  EXPECT_THROW(run(world(), {.ranks = 1, .payload = Payload::phantom}, [](Comm&) {}), UsageError);
}

TEST_P(EachWorld, ARunWithoutRanksIsRefused) {
  EXPECT_THROW(run(world(), {.ranks = 0}, [](Comm&) {}), UsageError);
}

}  // namespace
}  // namespace tandem::contract
