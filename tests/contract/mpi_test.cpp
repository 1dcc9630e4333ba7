// What only the mpi world can get wrong: values that MPI moves by itself, processes without a rank, and the end of a
// job. MPI's own messages put the ranks in the order that a test wants: while one waits in MPI_Recv, its engine rests.
#include <gmock/gmock.h>
#include <mpi.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "real/mpi/world.h"
#include "tests/contract/harness.h"

namespace tandem::contract {
namespace {

using testing::HasSubstr;

constexpr std::size_t kLarge = 100003;  // values: too many for one frame

void let_go(int process) { MPI_Send(nullptr, 0, MPI_BYTE, process, 1, MPI_COMM_WORLD); }
void rest_until(int process) { MPI_Recv(nullptr, 0, MPI_BYTE, process, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE); }

// Looks for progress without an end: what was announced has been asked for after that.
void wait_in_vain(Endpoint& endpoint, const Op& op) {
  const Completion completion = endpoint.wait_any({&op, 1}, endpoint.now() + 0.01);
  require(completion.outcome == Outcome::deadline_exceeded, "nothing has moved yet");
}

TEST(Mpi, ASenderMayWithdrawWhatWasAlreadyAskedFor) {
  kMpiWorld.run({.ranks = 2, .timeout_s = 20}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    if (comm.rank() == 0) {
      const Buffer given_up = filled(comm, kLarge, 0, 1), wanted = filled(comm, kLarge, 0, 2);
      Op op = comm.isend(1, 5, given_up);
      rest_until(1);
      comm.cancel(op);
      comm.send(1, 5, wanted);
      return;
    }
    const Buffer incoming = comm.make_buffer(kLarge);
    Op op = comm.irecv(0, 5, incoming);
    wait_in_vain(endpoint, op);
    let_go(0);
    comm.wait(op);
    require_filled(incoming, 0, 2, "the message that was not withdrawn");
  });
}

TEST(Mpi, ACancelledReceiveHandsOnWhatItHadAskedFor) {
  kMpiWorld.run({.ranks = 2, .timeout_s = 20}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    if (comm.rank() == 0) {
      const Buffer outgoing = filled(comm, kLarge, 0, 1);
      Op op = comm.isend(1, 5, outgoing, {{77}});
      rest_until(1);
      comm.wait(op);
      return;
    }
    const Buffer given_up = comm.make_buffer(kLarge), incoming = comm.make_buffer(kLarge);
    Op op = comm.irecv(0, 5, given_up);
    wait_in_vain(endpoint, op);
    let_go(0);
    comm.cancel(op);
    require_equal(comm.recv(0, 5, incoming).words[0], 77, "meta");
    require_filled(incoming, 0, 1, "handed on");
  });
}

TEST(Mpi, ALargeMessageOfAnotherSizeIsConsumed) {
  kMpiWorld.run({.ranks = 2, .timeout_s = 20}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    if (comm.rank() == 0) {
      comm.send(1, 5, filled(comm, kLarge + 1, 0, 1));
      comm.send(1, 5, filled(comm, kLarge, 0, 2));
      return;
    }
    const Buffer incoming = comm.make_buffer(kLarge);
    EXPECT_THROW(comm.recv(0, 5, incoming), SizeMismatch);
    require_equal(incoming.slice().f32()[0], 0.0f, "first value of the untouched buffer");
    comm.recv(0, 5, incoming);
    require_filled(incoming, 0, 2, "the message after it");
  });
}

TEST(Mpi, ARankMayEndWithALargeMessageOnItsWay) {
  const auto leave = [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 20});
    const Buffer buffer = filled(comm, kLarge, comm.rank(), 1);
    if (comm.rank() == 0) {
      Op op = comm.isend(1, 5, buffer);
      const CancelGuard guard(comm, {&op, 1});
      rest_until(1);
      endpoint.wait_any({&op, 1}, 0);  // one look: rank 1 has asked, so the values begin to move
      throw std::runtime_error("a deliberate mistake");
    }
    Op op = comm.irecv(0, 5, buffer);
    wait_in_vain(endpoint, op);
    let_go(0);
    comm.wait(op);
    require_filled(buffer, 0, 1, "sent before the end");
  };
  try {
    kMpiWorld.run({.ranks = 2, .timeout_s = 20}, leave);
    FAIL() << "the run should have failed";
  } catch (const RunFailed& failure) {
    EXPECT_STREQ(failure.what(), "rank 0: a deliberate mistake");
  }
}

TEST(Mpi, MoreRanksThanProcessesAreRefused) {
  const int processes = mpi::place().processes;
  try {
    kMpiWorld.run({.ranks = processes + 1}, [](Endpoint&) {});
    FAIL() << "there is no process for the last rank";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(processes + 1) + " ranks, but"));
  }
}

TEST(Mpi, AllHearTheFirstTrouble) {
  const int process = mpi::place().process;
  EXPECT_EQ(mpi::first_error(""), "");
  EXPECT_EQ(mpi::first_error(process >= 2 ? "trouble of " + std::to_string(process) : ""), "trouble of 2");
}

// Each of these ends its job: ctest runs them one by one and looks for what is printed.
TEST(MpiJob, DISABLED_ARankDies) {
  kMpiWorld.run({.ranks = 3, .timeout_s = 60}, [](Endpoint& endpoint) {
    Comm comm(endpoint, {.timeout_s = 60});
    if (comm.rank() == 2) std::abort();
    comm.recv(2, 1, comm.make_buffer(1));
  });
}

TEST(MpiJob, DISABLED_ARankNeverEndsAfterAnotherHasFailed) {
  kMpiWorld.run({.ranks = 3, .timeout_s = 0.2}, [](Endpoint& endpoint) {
    if (endpoint.rank() == 0) throw std::runtime_error("a deliberate mistake");
    while (endpoint.rank() == 1) pause();
  });
}

TEST(MpiJob, DISABLED_AProcessDoesNotCome) {
  if (mpi::place().process != 2) kMpiWorld.run({.ranks = 2, .timeout_s = 0.2}, [](Endpoint&) {});
}

}  // namespace
}  // namespace tandem::contract
