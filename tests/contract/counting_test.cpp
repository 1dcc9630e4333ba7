// Traffic is counted once, by Comm, and alike in every world; and phantoms travel like the real thing.
#include <fmt/format.h>

#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

std::string text_of(const Traffic& traffic) {
  return fmt::format("{} messages and {} bytes sent, {} messages and {} bytes received", traffic.messages_sent,
                     traffic.bytes_sent, traffic.messages_received, traffic.bytes_received);
}

void require_traffic(Comm& comm, const Traffic& expected) {
  const Traffic& actual = comm.ledger().traffic;
  require(actual == expected, text_of(actual) + "; expected " + text_of(expected));
}

// Rank q sends q + 1 messages of 10 q values to its successor: every rank knows what it and its predecessor sent.
TEST_P(EachSize, SentIsReceivedIsTheClosedForm) {
  run(world(), ranks(), [](Comm& comm) {
    const auto rank = static_cast<std::size_t>(comm.rank()), size = static_cast<std::size_t>(comm.size());
    const std::size_t previous = (rank + size - 1) % size;
    const Buffer outgoing = comm.make_buffer(10 * rank), incoming = comm.make_buffer(10 * previous);
    comm.ledger().counting = true;
    std::vector<Op> ops;
    for (std::size_t i = 0; i < rank + 1; ++i) ops.push_back(comm.isend((comm.rank() + 1) % comm.size(), 1, outgoing));
    for (std::size_t i = 0; i < previous + 1; ++i) ops.push_back(comm.irecv(static_cast<int>(previous), 1, incoming));
    comm.wait_all(ops);
    require_traffic(comm, {rank + 1, (rank + 1) * rank * 40, previous + 1, (previous + 1) * previous * 40});
  });
}

TEST_P(EachWorld, NothingIsCountedOutsideTheLoopAndNotificationsNever) {
  run(world(), 2, [](Comm& comm) {
    const int peer = 1 - comm.rank();
    const Buffer outgoing = comm.make_buffer(5), incoming = comm.make_buffer(5);
    comm.send_recv(peer, outgoing, peer, incoming, 1);
    comm.compute({.flops = 1e6}, [] {});
    require_traffic(comm, {});
    require_equal(comm.ledger().compute_s, 0.0, "computing outside the loop");

    comm.ledger().counting = true;
    CommTask task = comm.spawn("listener", [](Comm& own) { own.await_notification(1); });
    Op op = comm.notify(1);
    comm.wait(op);
    task.join();
    require_traffic(comm, {});
    comm.ledger().counting = false;
    comm.send_recv(peer, outgoing, peer, incoming, 1);
    require_traffic(comm, {});
  });
}

TEST_P(EachWorld, JoinAddsTheTrafficOfASecondStack) {
  run(world(), 2, [](Comm& comm) {
    const int peer = 1 - comm.rank();
    comm.ledger().counting = true;
    CommTask task = comm.spawn("second", [peer](Comm& own) {
      const Buffer outgoing = own.make_buffer(5), incoming = own.make_buffer(5);
      own.send_recv(peer, outgoing, peer, incoming, 1);
    });
    const Buffer outgoing = comm.make_buffer(3), incoming = comm.make_buffer(3);
    comm.send_recv(peer, outgoing, peer, incoming, 2);
    task.join();
    require_traffic(comm, {2, 32, 2, 32});
  });
}

TEST_P(EachWorld, WaitingForAnIdlePeerIsNotCommunication) {
  run(world(), 2, [](Comm& comm) {
    const Buffer buffer = comm.make_buffer(1);
    comm.ledger().counting = true;
    if (comm.rank() == 0) {
      comm.sleep_until(comm.now() + 0.05);
      comm.send(1, 1, buffer);
      return;
    }
    const double start_s = comm.now();
    comm.recv(0, 1, buffer);
    const double waited_s = comm.now() - start_s;
    const double communicated_s = comm.ledger().communication_s;
    require(communicated_s >= 0 && communicated_s < waited_s / 2,
            fmt::format("{} s of {} s counted as communication", communicated_s, waited_s));
  });
}

// A terabyte a message: nobody allocates it, everybody counts it, and no body runs.
TEST_P(EachPhantomSize, PhantomsTravelWithoutMemoryAndWithRealMeta) {
  WorldOptions options{.ranks = ranks(), .payload = Payload::phantom, .timeout_s = 1e6};
  run(world(), options, [](Comm& comm) {
    constexpr std::size_t kCount = 250'000'000'000;
    const int next = (comm.rank() + 1) % comm.size();
    const int previous = (comm.rank() + comm.size() - 1) % comm.size();
    const Buffer outgoing = comm.make_buffer(kCount), incoming = comm.make_buffer(kCount);
    require(incoming.slice().is_phantom(), "a buffer of this run is a phantom");
    comm.ledger().counting = true;
    Meta meta;
    Op ops[] = {comm.irecv(previous, 1, incoming, &meta), comm.isend(next, 1, outgoing, {{comm.rank() + 100}})};
    comm.wait_all(ops);
    require_equal(meta.words[0], previous + 100, "meta");
    require_traffic(comm, {1, kCount * 4, 1, kCount * 4, comm.size() == 1 ? kCount * 4 : 0});
    bool ran = false;
    comm.compute({.flops = 1}, [&] { ran = true; });
    require(!ran, "no arithmetic on phantoms");
  });
}

}  // namespace
}  // namespace tandem::contract
