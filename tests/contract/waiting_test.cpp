// wait_any: order, fairness, deadlines; and sends that complete only with their receive.
#include <fmt/format.h>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

WorldOptions rendezvous(int ranks) { return {.ranks = ranks, .timeout_s = 20, .rendezvous_sends = true}; }

TEST_P(EachWorld, OfSeveralTheFirstToCompleteIsReturned) {
  run(world(), 3, [](Comm& comm) {
    if (comm.rank() > 0) {
      await(comm, 0);
      comm.send(0, 1, filled(comm, 4, comm.rank(), 0));
      tell(comm, 0);
      return;
    }
    const Buffer from_one = comm.make_buffer(4), from_two = comm.make_buffer(4);
    Op ops[] = {comm.irecv(1, 1, from_one), comm.irecv(2, 1, from_two)};
    for (int client : {2, 1}) {
      tell(comm, client);
      await(comm, client);
    }
    require_equal(comm.wait_any(ops), 1u, "index of the first");
    require_equal(comm.wait_any(ops), 0u, "index of the second");
    require_filled(from_one, 1, 0, "from 1");
    require_filled(from_two, 2, 0, "from 2");
  });
}

// A client that is always ready must not keep the others from their turn.
TEST_P(EachSize, AServerServesEveryClient) {
  run(world(), ranks(), [](Comm& comm) {
    constexpr int kRounds = 20;
    const Buffer question = comm.make_buffer(17);
    if (comm.rank() > 0) {
      for (int round = 0; round < kRounds; ++round) {
        comm.send(0, 1, filled(comm, 17, comm.rank(), round));
        comm.recv(0, 2, question);
        require_filled(question, 0, round, "answer");
      }
      return;
    }
    const auto clients = static_cast<std::size_t>(comm.size() - 1);
    std::vector<Buffer> questions;
    std::vector<Op> ops;
    std::vector<int> rounds(clients, 0);
    for (std::size_t i = 0; i < clients; ++i) {
      questions.push_back(comm.make_buffer(17));
      ops.push_back(comm.irecv(static_cast<int>(i) + 1, 1, questions[i]));
    }
    for (std::size_t served = 0; served < clients * kRounds; ++served) {
      const std::size_t i = comm.wait_any(ops);
      const int client = static_cast<int>(i) + 1;
      require_filled(questions[i], client, rounds[i], "question");
      comm.send(client, 2, filled(comm, 17, 0, rounds[i]));
      if (++rounds[i] < kRounds) ops[i] = comm.irecv(client, 1, questions[i]);
    }
    for (int count : rounds) require_equal(count, kRounds, "rounds of a client");
  });
}

TEST_P(EachWorld, OpsThatAreNoneAreSkipped) {
  run(world(), 1, [](Comm& comm) {
    const Buffer outgoing = filled(comm, 2, 0, 0), incoming = comm.make_buffer(2);
    Op ops[] = {{}, comm.irecv(0, 1, incoming), {}, comm.isend(0, 1, outgoing), {}};
    const std::size_t first = comm.wait_any(ops);
    const std::size_t second = comm.wait_any(ops);
    require(first + second == 4 && first != second, fmt::format("indices {} and {}", first, second));
    comm.wait_all(ops);
    comm.wait_all({});
  });
}

TEST_P(EachWorld, ADeadlineNamesWhoIsMissingAndLeavesTheOpPosted) {
  world().run({.ranks = 3, .timeout_s = 20}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    if (comm.rank() == 0) {
      await(comm, 1);
      comm.send(1, 3, filled(comm, 6, 0, 0));
    }
    if (comm.rank() == 2) await(comm, 1);
    if (comm.rank() != 1) return;

    Comm impatient(endpoint, {.timeout_s = 0.05});
    const Buffer incoming = comm.make_buffer(6), missing = comm.make_buffer(5);
    Op ops[] = {impatient.irecv(0, 3, incoming), impatient.irecv(2, 4, missing)};
    const double start_s = comm.now();
    std::string text;
    try {
      impatient.wait_any(ops);
    } catch (const DeadlineExceeded& late) {
      text = late.what();
    }
    require(text.find("6 values from rank 0 (tag 3), 5 values from rank 2 (tag 4)") != text.npos, "'" + text + "'");
    require(comm.now() - start_s >= 0.05, "the wait lasts until its deadline");
    comm.cancel(ops[1]);
    tell(comm, 0);
    tell(comm, 2);
    comm.wait(ops[0]);
    require_filled(incoming, 0, 0, "after the deadline");
  });
}

TEST_P(EachWorld, WhatIsThereIsReturnedEvenAfterTheDeadline) {
  world().run({.ranks = 2, .timeout_s = 20}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    if (comm.rank() == 0) {
      comm.send(1, 1, filled(comm, 200003, 0, 0));
      tell(comm, 1);
      await(comm, 1);  // a rank that has ended would be there, too
      return;
    }
    const Buffer incoming = comm.make_buffer(200003), missing = comm.make_buffer(1);
    const Op ops[] = {comm.irecv(0, 2, missing), comm.irecv(0, 1, incoming)};
    await(comm, 0);
    const Completion there = endpoint.wait_any(ops, 0);
    require(there.outcome == Outcome::complete, "what is there is returned");
    require_equal(there.index, 1u, "index of what is there");
    require_filled(incoming, 0, 0, "what is there");
    const Completion nothing = endpoint.wait_any({ops, 1}, 0);
    require(nothing.outcome == Outcome::deadline_exceeded, "the other has not come");
    require_equal(nothing.index, kNoIndex, "index of nothing");
    endpoint.cancel(ops[0]);
    tell(comm, 0);
  });
}

TEST_P(EachWorld, ARendezvousSendWaitsForItsReceive) {
  world().run(rendezvous(2), [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    const Buffer buffer = filled(comm, 1, 0, 0);
    if (comm.rank() == 1) {
      await(comm, 0);
      comm.recv(0, 1, buffer);
      return;
    }
    Op op = comm.isend(1, 1, buffer);
    const Completion early = endpoint.wait_any({&op, 1}, endpoint.now() + 0.05);
    require(early.outcome == Outcome::deadline_exceeded, "no send completes before its receive is posted");
    tell(comm, 1);
    comm.wait(op);
  });
}

TEST_P(EachWorld, ACancelledSendIsNotReceived) {
  run(world(), rendezvous(2), [](Comm& comm) {
    if (comm.rank() == 1) {
      await(comm, 0);
      const Buffer incoming = comm.make_buffer(5);
      comm.recv(0, 1, incoming);
      require_filled(incoming, 0, 2, "the send that was not cancelled");
      return;
    }
    const Buffer given_up = filled(comm, 5, 0, 1), wanted = filled(comm, 5, 0, 2);
    Op first = comm.isend(1, 1, given_up);
    Op copy = first;
    comm.cancel(first);
    comm.cancel(copy);
    Op second = comm.isend(1, 1, wanted);
    tell(comm, 1);
    comm.wait(second);
  });
}

TEST_P(EachSize, ARingOfRendezvousSendsTurns) {
  run(world(), rendezvous(ranks()), [](Comm& comm) {
    const int next = (comm.rank() + 1) % comm.size();
    const int previous = (comm.rank() + comm.size() - 1) % comm.size();
    const Buffer incoming = comm.make_buffer(1009);
    for (int step = 0; step < 10; ++step) {
      comm.send_recv(next, filled(comm, 1009, comm.rank(), step), previous, incoming, 1);
      require_filled(incoming, previous, step, "around the ring");
    }
  });
}

TEST_P(EachWorld, BlockingSendsAgainstEachOtherEndAtTheirDeadline) {
  world().run(rendezvous(2), [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    Comm impatient(endpoint, {.timeout_s = 0.05});
    const int peer = 1 - comm.rank();
    std::string text;
    try {
      impatient.send(peer, 1, filled(comm, 8, comm.rank(), 0));
    } catch (const DeadlineExceeded& late) {
      text = late.what();
    }
    require(text.find(fmt::format("rank {} to take 8 values (tag 1)", peer)) != text.npos, "'" + text + "'");
    // The blocking send has withdrawn its op: the next message of that tag is the next one sent.
    const Buffer nothing = comm.make_buffer(0);
    comm.send_recv(peer, nothing, peer, nothing, 9);
    const Buffer incoming = comm.make_buffer(8);
    comm.send_recv(peer, filled(comm, 8, comm.rank(), 1), peer, incoming, 1);
    require_filled(incoming, peer, 1, "after the deadlock");
  });
}

}  // namespace
}  // namespace tandem::contract
