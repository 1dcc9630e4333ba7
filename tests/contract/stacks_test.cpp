// Second stacks of a rank, what they tell each other, and groups of ranks.
#include <fmt/format.h>

#include <stdexcept>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

void turn_ring(Comm& comm, int tag, int steps) {
  const int next = (comm.rank() + 1) % comm.size();
  const int previous = (comm.rank() + comm.size() - 1) % comm.size();
  const Buffer incoming = comm.make_buffer(127);
  for (int step = 0; step < steps; ++step) {
    comm.send_recv(next, filled(comm, 127, comm.rank(), tag + step), previous, incoming, tag);
    require_filled(incoming, previous, tag + step, "around the ring");
  }
}

TEST_P(EachSize, ASecondStackCommunicatesWhileTheFirstComputes) {
  run(world(), ranks(), [](Comm& comm) {
    int steps_done = 0;
    CommTask task = comm.spawn("ring", [&](Comm& own) {
      require(own.rank() == comm.rank() && own.size() == comm.size(), "a second stack has the rank of the first");
      turn_ring(own, 100, 10);
      steps_done = 10;
    });
    int bodies = 0;
    for (int i = 0; i < 10; ++i) comm.compute({.flops = 1000}, [&] { ++bodies; });
    task.join();
    require_equal(steps_done, 10, "steps of the second stack");
    require_equal(bodies, 10, "computations of the first stack");
  });
}

TEST_P(EachSize, TwoStacksReceiveFromTheSamePeer) {
  run(world(), ranks(), [](Comm& comm) {
    CommTask first = comm.spawn("first", [](Comm& own) { turn_ring(own, 100, 20); });
    CommTask second = comm.spawn("second", [](Comm& own) { turn_ring(own, 200, 20); });
    turn_ring(comm, 300, 20);
    first.join();
    second.join();
  });
}

TEST_P(EachWorld, NotificationsOfATagAreHeardInOrder) {
  run(world(), 2, [](Comm& comm) {
    // One stack writes an element, then notifies; the other hears of it, then reads that element.
    std::vector<int> prepared(5), heard;
    CommTask task = comm.spawn("listener", [&](Comm& own) {
      for (int value : {0, 1, 2, 3, 4}) {
        own.await_notification(1);
        heard.push_back(prepared[static_cast<std::size_t>(value)]);
      }
      own.await_notification(2);
      heard.push_back(-1);
    });
    std::vector<Op> ops = {comm.notify(2)};
    for (int value : {0, 1, 2, 3, 4}) {
      prepared[static_cast<std::size_t>(value)] = value + 10;
      ops.push_back(comm.notify(1));
    }
    comm.wait_all(ops);
    task.join();
    require(heard == std::vector<int>{10, 11, 12, 13, 14, -1}, "each was prepared when it was heard");
  });
}

TEST_P(EachWorld, EndingATaskEndsItsWait) {
  run(world(), 2, [](Comm& comm) {
    struct Flag {
      bool& value;
      ~Flag() { value = true; }
    };
    bool unwound = false, went_on = false;
    {
      CommTask task = comm.spawn("waits for ever", [&](Comm& own) {
        const Flag flag{unwound};
        const Buffer incoming = own.make_buffer(1);
        Op started = own.notify(1);
        own.wait(started);
        own.recv(1 - own.rank(), 77, incoming);
        went_on = true;
      });
      comm.await_notification(1);
    }
    require(unwound, "the stack has ended");
    require(!went_on, "its wait did not complete");
    require(comm.now() < 20, "well before the timeout");
  });
}

TEST_P(EachWorld, JoinRethrowsWhatTheStackThrew) {
  run(world(), 2, [](Comm& comm) {
    CommTask task = comm.spawn("fails", [](Comm&) { throw std::runtime_error("a deliberate mistake"); });
    std::string text;
    try {
      task.join();
    } catch (const std::runtime_error& failure) {
      text = failure.what();
    }
    require_equal(text, "a deliberate mistake", "text of the error");
  });
}

// Equal tags in the world, in a group and in a group of that group, posted in one order and sent in another.
TEST_P(EachWorld, EqualTagsOfNestedGroupsDoNotMix) {
  run(world(), 4, [](Comm& comm) {
    // Ranks 0 and 2, ranks 1 and 3; in the nested group the higher one is first.
    const int low = comm.rank() % 2;
    Comm group = comm.group({low, low + 2}, 1);
    Comm nested = group.group({1, 0}, 2);
    require_equal(group.rank(), comm.rank() / 2, "rank in the group");
    require_equal(nested.rank(), 1 - comm.rank() / 2, "rank in the nested group");
    require_equal(nested.size(), 2, "size of the nested group");

    const int peer = (comm.rank() + 2) % 4;
    Comm* comms[] = {&comm, &group, &nested};
    const int peers[] = {peer, 1 - group.rank(), 1 - nested.rank()};
    std::vector<Buffer> buffers;
    std::vector<Op> ops;
    for (std::size_t i : {0u, 1u, 2u}) {
      buffers.push_back(comm.make_buffer(3));
      ops.push_back(comms[i]->irecv(peers[i], 7, buffers.back()));
    }
    for (std::size_t i : {2u, 1u, 0u}) {
      buffers.push_back(filled(comm, 3, comm.rank(), static_cast<int>(i)));
      ops.push_back(comms[i]->isend(peers[i], 7, buffers.back()));
    }
    comm.wait_all(ops);
    for (std::size_t i : {0u, 1u, 2u}) require_filled(buffers[i], peer, static_cast<int>(i), "level of groups");
  });
}

}  // namespace
}  // namespace tandem::contract
