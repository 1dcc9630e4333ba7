// Values of every element travel through every world, and are added up by the rule of their element.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/half.h"
#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

constexpr Element kElements[] = {Element::f32, Element::f16, Element::bf16, Element::i8, Element::byte};
constexpr Element kSummable[] = {Element::f32, Element::f16, Element::bf16, Element::i8};

// Nothing, one, odd, prime; more than a frame of mpi and a staging area of tcp; more than two pieces of threads.
constexpr std::size_t kCounts[] = {0, 1, 3, 997, 65537, (1 << 19) + 3};

int next_of(const Comm& comm) { return (comm.rank() + 1) % comm.size(); }
int previous_of(const Comm& comm) { return (comm.rank() + comm.size() - 1) % comm.size(); }

// Any bits at all: what travels is not looked at.
Buffer with_bits(const Comm& comm, Element element, std::size_t count, int from) {
  Buffer buffer = comm.make_buffer(count, element);
  for (std::size_t i = 0; i < buffer.slice().bytes(); ++i) {
    buffer.slice().address[i] = static_cast<std::byte>(31 * (from + 1) + 7 * i + i / 251);
  }
  return buffer;
}

void require_same_bits(Slice actual, Slice expected, const std::string& what) {
  const bool is_same = actual.bytes() == expected.bytes() &&
                       std::equal(actual.address, actual.address + actual.bytes(), expected.address);
  require(is_same, fmt::format("{}: {} {} values", what, expected.count, name_of(expected.element)));
}

// Whole numbers of at most 30: their sums are exact in every element.
int number(int from, std::size_t i) { return static_cast<int>((7 * static_cast<std::size_t>(from) + i) % 61) - 30; }

void set(Slice slice, std::size_t i, int value) {
  switch (slice.element) {
    case Element::f32:
      slice.f32()[i] = static_cast<float>(value);
      return;
    case Element::f16:
      slice.f16()[i] = f16_of(static_cast<float>(value));
      return;
    case Element::bf16:
      slice.bf16()[i] = bf16_of(static_cast<float>(value));
      return;
    case Element::i8:
    case Element::byte:
      slice.address[i] = static_cast<std::byte>(value);
  }
}

Buffer with_numbers(const Comm& comm, Element element, std::size_t count, int from) {
  Buffer buffer = comm.make_buffer(count, element);
  for (std::size_t i = 0; i < count; ++i) set(buffer, i, number(from, i));
  return buffer;
}

Buffer with_sums(const Comm& comm, Element element, std::size_t count, int a, int b) {
  Buffer buffer = comm.make_buffer(count, element);
  for (std::size_t i = 0; i < count; ++i) set(buffer, i, number(a, i) + number(b, i));
  return buffer;
}

void send_around(Comm& comm, Element element, std::size_t count) {
  const Buffer outgoing = with_bits(comm, element, count, comm.rank()), incoming = comm.make_buffer(count, element);
  comm.send_recv(next_of(comm), outgoing, previous_of(comm), incoming, 1);
  require_same_bits(incoming, with_bits(comm, element, count, previous_of(comm)), "around the ring");
}

void add_around(Comm& comm, Element element, std::size_t count) {
  const Buffer outgoing = with_numbers(comm, element, count, comm.rank());
  const Buffer sum = with_numbers(comm, element, count, comm.rank() + 1);
  comm.send_recv_add(next_of(comm), outgoing, previous_of(comm), sum, 1);
  require_same_bits(sum, with_sums(comm, element, count, comm.rank() + 1, previous_of(comm)), "added");
}

TEST_P(EachSize, EveryElementArrives) {
  run(world(), ranks(), [](Comm& comm) {
    for (const Element element : kElements) {
      for (const std::size_t count : kCounts) send_around(comm, element, count);
    }
  });
}

TEST_P(EachSize, EveryElementIsAddedByAReceive) {
  run(world(), ranks(), [](Comm& comm) {
    for (const Element element : kSummable) {
      for (const std::size_t count : kCounts) add_around(comm, element, count);
    }
  });
}

TEST_P(EachWorld, EveryElementWaitsForItsReceive) {
  run(world(), {.ranks = 2, .timeout_s = 20, .rendezvous_sends = true}, [](Comm& comm) {
    for (const Element element : kElements) send_around(comm, element, 65537);
    for (const Element element : kSummable) add_around(comm, element, 65537);
  });
}

TEST_P(EachWorld, EveryElementIsKeptForALateReceive) {
  run(world(), 2, [](Comm& comm) {
    for (const Element element : kSummable) {
      const Buffer outgoing = with_numbers(comm, element, 997, comm.rank());
      const Buffer sum = with_numbers(comm, element, 997, comm.rank() + 1), stored = comm.make_buffer(997, element);
      Op sends[] = {comm.isend(next_of(comm), 1, outgoing), comm.isend(next_of(comm), 2, outgoing)};
      comm.send_recv(next_of(comm), {}, previous_of(comm), {}, 3);
      comm.recv_add(previous_of(comm), 1, sum);
      comm.recv(previous_of(comm), 2, stored);
      comm.wait_all(sends);
      require_same_bits(sum, with_sums(comm, element, 997, comm.rank() + 1, previous_of(comm)), "a late sum");
      require_same_bits(stored, with_numbers(comm, element, 997, previous_of(comm)), "a late receive");
    }
  });
}

// Three bytes put the values behind them where no float may lie.
TEST_P(EachSize, ElementsOfDifferentSizesFollowEachOther) {
  run(world(), ranks(), [](Comm& comm) {
    constexpr std::size_t kRounds = 5, kOdd = 3, kValues = 4099;
    const Buffer odd = with_bits(comm, Element::byte, kOdd, comm.rank());
    std::vector<Buffer> outgoing, sums, odd_sums;
    std::vector<Op> ops;
    for (const Element element : kSummable) {
      outgoing.push_back(with_numbers(comm, element, kValues, comm.rank()));
      for (std::size_t round = 0; round < kRounds; ++round) {
        odd_sums.push_back(comm.make_buffer(kOdd, Element::byte));
        sums.push_back(with_numbers(comm, element, kValues, comm.rank() + 1));
        ops.push_back(comm.irecv(previous_of(comm), 1, odd_sums.back()));
        ops.push_back(comm.irecv_add(previous_of(comm), 1, sums.back()));
      }
    }
    for (const Buffer& values : outgoing) {
      for (std::size_t round = 0; round < kRounds; ++round) {
        ops.push_back(comm.isend(next_of(comm), 1, odd));
        ops.push_back(comm.isend(next_of(comm), 1, values));
      }
    }
    comm.wait_all(ops);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      require_same_bits(odd_sums[i], with_bits(comm, Element::byte, kOdd, previous_of(comm)), "an odd number of bytes");
      const Element element = kSummable[i / kRounds];
      require_same_bits(sums[i], with_sums(comm, element, kValues, comm.rank() + 1, previous_of(comm)), "behind it");
    }
  });
}

std::string mismatch_of(Comm& comm, Op& op) {
  try {
    comm.wait(op);
  } catch (const SizeMismatch& mismatch) {
    return mismatch.what();
  }
  return "no error";
}

// Neither the same count nor the same bytes make a message fit.
void expect_mismatches(Comm& comm, std::size_t count, bool is_posted_first) {
  const Buffer wrong = with_bits(comm, Element::bf16, 2 * count, 0), right = with_bits(comm, Element::f32, count, 0);
  if (comm.rank() == 0) {
    if (is_posted_first) await(comm, 1);
    Op sends[] = {comm.isend(1, 1, wrong), comm.isend(1, 1, wrong), comm.isend(1, 1, right)};
    if (!is_posted_first) tell(comm, 1);
    return comm.wait_all(sends);
  }
  const Buffer incoming = comm.make_buffer(count), halves = comm.make_buffer(2 * count, Element::f16);
  if (!is_posted_first) await(comm, 0);
  Op ops[] = {comm.irecv(0, 1, incoming), comm.irecv_add(0, 1, halves)};
  if (is_posted_first) tell(comm, 0);
  const std::string same_bytes = mismatch_of(comm, ops[0]), same_count = mismatch_of(comm, ops[1]);
  require(same_bytes.ends_with(fmt::format("got {} bf16 values, expected {} f32 values", 2 * count, count)),
          same_bytes);
  require(same_count.ends_with(fmt::format("got {0} bf16 values, expected {0} f16 values", 2 * count)), same_count);
  require_same_bits(incoming, comm.make_buffer(count), "untouched");
  comm.recv(0, 1, incoming);
  require_same_bits(incoming, right, "the message after them");
}

TEST_P(EachWorld, AMessageOfAnotherElementIsAnErrorAndIsConsumed) {
  run(world(), 2, [](Comm& comm) {
    for (const std::size_t count : {1, 10, 100003}) {
      for (const bool is_posted_first : {true, false}) expect_mismatches(comm, count, is_posted_first);
    }
  });
}

TEST_P(EachWorld, AnAnnouncedMessageOfAnotherElementIsAnErrorAndIsConsumed) {
  run(world(), {.ranks = 2, .timeout_s = 20, .rendezvous_sends = true}, [](Comm& comm) {
    for (const std::size_t count : {1, 10, 100003}) expect_mismatches(comm, count, true);
  });
}

TEST_P(EachWorld, MessagesOfEveryElementGoPastCancelledReceives) {
  run(world(), 2, [](Comm& comm) {
    for (const Element element : kElements) {
      const Buffer outgoing = with_bits(comm, element, 9, comm.rank()), given_up = comm.make_buffer(9, element);
      const Buffer incoming = comm.make_buffer(9, element);
      if (comm.rank() == 0) {
        comm.send(1, 5, outgoing);
        tell(comm, 1);
        continue;
      }
      Op op = comm.irecv(0, 5, given_up);
      await(comm, 0);
      comm.cancel(op);
      comm.recv(0, 5, incoming);
      require_same_bits(incoming, with_bits(comm, element, 9, 0), "past a receive that was complete");
    }
  });
}

TEST_P(EachSize, BytesAreCountedByElement) {
  run(world(), ranks(), [](Comm& comm) {
    std::uint64_t bytes = 0, messages = 0;
    comm.ledger().counting = true;
    for (const auto& [element, size] :
         {std::pair{Element::f32, 4}, {Element::f16, 2}, {Element::bf16, 2}, {Element::i8, 1}, {Element::byte, 1}}) {
      const Buffer outgoing = comm.make_buffer(101, element), incoming = comm.make_buffer(101, element);
      comm.send_recv(next_of(comm), outgoing, previous_of(comm), incoming, 1);
      bytes += 101 * static_cast<std::uint64_t>(size), messages += 1;
    }
    const Traffic& traffic = comm.ledger().traffic;
    require(traffic == Traffic{messages, bytes, messages, bytes, comm.size() == 1 ? bytes : 0},
            "messages and bytes are those of the elements");
    require_equal(comm.ledger().traffic.bytes_kept, comm.size() == 1 ? bytes : 0, "bytes that stayed at the rank");
  });
}

TEST_P(EachPhantomSize, PhantomsOfEveryElementTravelAndAdd) {
  WorldOptions options{.ranks = ranks(), .payload = Payload::phantom, .timeout_s = 1e6};
  run(world(), options, [](Comm& comm) {
    constexpr std::size_t kCount = 250'000'000'001;
    for (const Element element : kElements) {
      const Buffer outgoing = comm.make_buffer(kCount, element), incoming = comm.make_buffer(kCount, element);
      require(incoming.slice().is_phantom(), "a buffer of this run is a phantom");
      comm.ledger().counting = true;
      comm.ledger().traffic = {};
      comm.send_recv(next_of(comm), outgoing, previous_of(comm), incoming, 1);
      if (element != Element::byte) comm.send_recv_add(next_of(comm), outgoing, previous_of(comm), incoming, 1);
      const std::uint64_t messages = element == Element::byte ? 1 : 2;
      const std::uint64_t bytes = bytes_of(kCount, element), kept = comm.size() == 1 ? bytes : 0;
      const Traffic expected = Traffic{1, bytes, 1, bytes, kept} * messages;
      require(comm.ledger().traffic == expected, "closed form");
    }
  });
}

}  // namespace
}  // namespace tandem::contract
