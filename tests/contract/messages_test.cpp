// Messages arrive: whole, in order, at the receive that they are for.
#include <fmt/format.h>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

TEST_P(EachSize, ValuesAndMetaArriveAtEverySize) {
  run(world(), ranks(), [](Comm& comm) {
    const int next = (comm.rank() + 1) % comm.size();
    const int previous = (comm.rank() + comm.size() - 1) % comm.size();
    int message = 0;
    // One byte pattern for each: nothing, one, odd, prime, and not a multiple of any block, page or socket buffer.
    for (std::size_t count : {0, 1, 2, 3, 31, 997, 65537, (1 << 18) + 3}) {
      ++message;
      const Buffer outgoing = filled(comm, count, comm.rank(), message);
      const Buffer incoming = comm.make_buffer(count);
      Meta meta;
      Op ops[] = {comm.irecv(previous, 1, incoming, &meta),
                  comm.isend(next, 1, outgoing, {{comm.rank(), message, -1, INT64_MAX}})};
      comm.wait_all(ops);
      require_filled(incoming, previous, message, "around the ring");
      require(meta.words == std::array<std::int64_t, 4>{previous, message, -1, INT64_MAX}, "the meta words arrive");
    }
  });
}

TEST_P(EachSize, EveryRankReachesEveryRank) {
  run(world(), ranks(), [](Comm& comm) {
    const auto size = static_cast<std::size_t>(comm.size());
    std::vector<Buffer> outgoing, incoming;
    std::vector<Op> ops;
    for (int peer = 0; peer < comm.size(); ++peer) {
      outgoing.push_back(filled(comm, 101, comm.rank(), peer));
      incoming.push_back(comm.make_buffer(101));
    }
    for (std::size_t peer = 0; peer < size; ++peer) {
      ops.push_back(comm.irecv(static_cast<int>(peer), 3, incoming[peer]));
      ops.push_back(comm.isend(static_cast<int>(peer), 3, outgoing[peer]));
    }
    comm.wait_all(ops);
    for (std::size_t peer = 0; peer < size; ++peer) {
      require_filled(incoming[peer], static_cast<int>(peer), comm.rank(), "all to all");
    }
  });
}

// Three tags interleaved; the receives are posted tag by tag, last tag first.
TEST_P(EachWorld, MessagesOfOneTagArriveInTheOrderSent) {
  run(world(), 2, [](Comm& comm) {
    constexpr int kMessages = 21;
    std::vector<Buffer> buffers;
    std::vector<Op> ops;
    if (comm.rank() == 0) {
      for (int message = 0; message < kMessages; ++message) {
        buffers.push_back(filled(comm, 5, 0, message));
        ops.push_back(comm.isend(1, message % 3, buffers.back()));
      }
      comm.wait_all(ops);
      return;
    }
    std::vector<int> expected;
    for (int tag = 2; tag >= 0; --tag) {
      for (int message = tag; message < kMessages; message += 3) {
        expected.push_back(message);
        buffers.push_back(comm.make_buffer(5));
        ops.push_back(comm.irecv(0, tag, buffers.back()));
      }
    }
    comm.wait_all(ops);
    for (std::size_t i = 0; i < buffers.size(); ++i) require_filled(buffers[i], 0, expected[i], "by tag");
  });
}

TEST_P(EachWorld, ARankCanSendToItself) {
  run(world(), 2, [](Comm& comm) {
    for (std::size_t count : {0, 1, 5, 100003}) {
      const Buffer outgoing = filled(comm, count, comm.rank(), 4);
      const Buffer early = comm.make_buffer(count), late = comm.make_buffer(count);
      Op ops[] = {comm.irecv(comm.rank(), 1, early), comm.isend(comm.rank(), 1, outgoing),
                  comm.isend(comm.rank(), 2, outgoing), comm.irecv(comm.rank(), 2, late)};
      comm.wait_all(ops);
      require_filled(early, comm.rank(), 4, "receive posted first");
      require_filled(late, comm.rank(), 4, "send posted first");
    }
  });
}

TEST_P(EachWorld, AThousandOpsMayBeOutstanding) {
  run(world(), 2, [](Comm& comm) {
    constexpr int kOps = 1000;
    const int peer = 1 - comm.rank();
    std::vector<Buffer> outgoing, incoming;
    std::vector<Op> ops;
    for (int i = 0; i < kOps; ++i) {
      outgoing.push_back(filled(comm, 7, comm.rank(), i));
      incoming.push_back(comm.make_buffer(7));
    }
    for (int i = 0; i < kOps; ++i) {
      ops.push_back(comm.isend(peer, i, outgoing[static_cast<std::size_t>(i)]));
      // The last sent is the first to be received.
      ops.push_back(comm.irecv(peer, kOps - 1 - i, incoming[static_cast<std::size_t>(kOps - 1 - i)]));
    }
    comm.wait_all(ops);
    for (int i = 0; i < kOps; ++i) require_filled(incoming[static_cast<std::size_t>(i)], peer, i, "of a thousand");
  });
}

// Whether the receive or the message is there first.
TEST_P(EachWorld, AMessageOfAnotherSizeIsAnErrorAndIsConsumed) {
  run(world(), 2, [](Comm& comm) {
    const Buffer longer = filled(comm, 12, 0, 1), right = filled(comm, 10, 0, 2);
    if (comm.rank() == 0) {
      for (int tag : {1, 2}) {
        if (tag == 1) await(comm, 1);
        Op sends[] = {comm.isend(1, tag, longer), comm.isend(1, tag, right)};
        if (tag == 2) tell(comm, 1);
        comm.wait_all(sends);
      }
      return;
    }
    for (int tag : {1, 2}) {
      if (tag == 2) await(comm, 0);
      const Buffer incoming = comm.make_buffer(10);
      Op op = comm.irecv(0, tag, incoming);
      if (tag == 1) tell(comm, 0);
      std::string text;
      try {
        comm.wait(op);
      } catch (const SizeMismatch& mismatch) {
        text = mismatch.what();
      }
      require(text.find("got 12 values, expected 10") != text.npos, "the error tells both sizes: '" + text + "'");
      for (std::size_t i = 0; i < 10; ++i) require_equal(incoming.slice().f32()[i], 0.0f, "untouched value");
      comm.recv(0, tag, incoming);
      require_filled(incoming, 0, 2, "the message after it");
    }
  });
}

TEST_P(EachWorld, AMessageGoesPastACancelledReceive) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      await(comm, 1);
      comm.send(1, 5, filled(comm, 9, 0, 1));
      return;
    }
    const Buffer given_up = comm.make_buffer(9), wanted = comm.make_buffer(9);
    Op first = comm.irecv(0, 5, given_up);
    Op second = comm.irecv(0, 5, wanted);
    comm.cancel(first);
    require(!first, "a cancelled op is none");
    tell(comm, 0);
    comm.wait(second);
    require_filled(wanted, 0, 1, "the next receive");
    require_equal(given_up.slice().f32()[0], 0.0f, "first value of the cancelled receive");
  });
}

// Whether a message overtakes the cancellation must not decide whether it is lost, nor change the order.
TEST_P(EachWorld, MessagesThatCameBeforeTheCancellationGoToTheNextReceives) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      comm.send(1, 5, filled(comm, 9, 0, 1), {{11}});
      comm.send(1, 5, filled(comm, 9, 0, 2), {{22}});
      tell(comm, 1);
      comm.send(1, 5, filled(comm, 9, 0, 3), {{33}});
      return;
    }
    const Buffer given_up = comm.make_buffer(9), given_up_too = comm.make_buffer(9), incoming = comm.make_buffer(9);
    Op first = comm.irecv(0, 5, given_up), second = comm.irecv(0, 5, given_up_too);
    await(comm, 0);
    comm.cancel(first);
    comm.cancel(second);
    for (int message : {1, 2, 3}) {
      const Meta meta = comm.recv(0, 5, incoming);
      require_filled(incoming, 0, message, "in the order sent");
      require_equal(meta.words[0], 11 * message, "meta");
    }
  });
}

TEST_P(EachWorld, CancellingTwiceOrTooLateDoesNothing) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      for (int message : {1, 2}) comm.send(1, 5, filled(comm, 3, 0, message));
      return;
    }
    const Buffer incoming = comm.make_buffer(3);
    Op op = comm.irecv(0, 5, incoming);
    Op done = op;
    comm.wait(op);
    comm.cancel(done);
    comm.cancel(op);

    Op withdrawn = comm.irecv(0, 6, incoming);
    Op copy = withdrawn;
    comm.cancel(withdrawn);
    // A new op may live where the old one did: an old name for it must not end it.
    Op fresh = comm.irecv(0, 5, incoming);
    comm.cancel(copy);
    comm.cancel(done);
    comm.wait(fresh);
    require_filled(incoming, 0, 2, "after stale cancels");
  });
}

void require_sum(Slice data, Slice before, Slice added, const std::string& what) {
  for (std::size_t i = 0; i < data.count; ++i) {
    if (data.f32()[i] == before.f32()[i] + added.f32()[i]) continue;
    require_equal(data.f32()[i], before.f32()[i] + added.f32()[i],
                  fmt::format("{}: value {} of {}", what, i, data.count));
  }
}

TEST_P(EachSize, AReceiveMayAdd) {
  run(world(), ranks(), [](Comm& comm) {
    const int next = (comm.rank() + 1) % comm.size();
    const int previous = (comm.rank() + comm.size() - 1) % comm.size();
    int message = 0;
    for (std::size_t count : {0, 1, 2, 3, 31, 997, 65537, (1 << 18) + 3}) {
      ++message;
      const Buffer outgoing = filled(comm, count, comm.rank(), message);
      const Buffer own = filled(comm, count, comm.rank() + 1, 0), sum = filled(comm, count, comm.rank() + 1, 0);
      const Buffer expected = filled(comm, count, previous, message);
      for (const bool is_posted_first : {true, false}) {
        Meta meta;
        Op ops[2];
        if (is_posted_first) ops[0] = comm.irecv_add(previous, 1, sum, &meta);
        ops[1] = comm.isend(next, 1, outgoing, {{message}});
        if (!is_posted_first) {
          comm.send_recv(next, {}, previous, {}, 2);
          ops[0] = comm.irecv_add(previous, 1, sum, &meta);
        }
        comm.wait_all(ops);
        require_equal(meta.words[0], message, "meta");
        require_sum(sum, own, expected, is_posted_first ? "receive posted first" : "send posted first");
        for (std::size_t i = 0; i < count; ++i) sum.slice().f32()[i] = own.slice().f32()[i];
      }
    }
  });
}

TEST_P(EachWorld, AnAddingReceiveOfAnotherSizeAddsNothing) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      comm.send(1, 1, filled(comm, 12, 0, 1));
      comm.send(1, 1, filled(comm, 10, 0, 2));
      return;
    }
    const Buffer sum = comm.make_buffer(10), zero = comm.make_buffer(10);
    EXPECT_THROW(comm.recv_add(0, 1, sum), SizeMismatch);
    require_equal(sum.slice().f32()[0], 0.0f, "first value");
    comm.recv_add(0, 1, sum);
    require_sum(sum, zero, filled(comm, 10, 0, 2), "the message after it");
  });
}

TEST_P(EachWorld, AMessageGoesPastACancelledAddingReceive) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      await(comm, 1);
      comm.send(1, 5, filled(comm, 9, 0, 1));
      return;
    }
    const Buffer given_up = comm.make_buffer(9), wanted = comm.make_buffer(9), zero = comm.make_buffer(9);
    Op first = comm.irecv_add(0, 5, given_up), second = comm.irecv_add(0, 5, wanted);
    comm.cancel(first);
    tell(comm, 0);
    comm.wait(second);
    require_sum(wanted, zero, filled(comm, 9, 0, 1), "the next receive");
    require_equal(given_up.slice().f32()[0], 0.0f, "first value of the cancelled receive");
  });
}

TEST_P(EachWorld, WhatACancelledReceiveHasAddedUpIsConsumed) {
  run(world(), 2, [](Comm& comm) {
    if (comm.rank() == 0) {
      comm.send(1, 5, filled(comm, 9, 0, 1));
      tell(comm, 1);
      comm.send(1, 5, filled(comm, 9, 0, 2));
      return;
    }
    const Buffer sum = comm.make_buffer(9), zero = comm.make_buffer(9), incoming = comm.make_buffer(9);
    Op op = comm.irecv_add(0, 5, sum);
    await(comm, 0);
    comm.cancel(op);
    require_sum(sum, zero, filled(comm, 9, 0, 1), "the cancelled receive");
    comm.recv(0, 5, incoming);
    require_filled(incoming, 0, 2, "the message after it");
  });
}

}  // namespace
}  // namespace tandem::contract
