// Ranks that die, and callers that die: the cause is named, and nobody is left behind.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/comm.h"
#include "core/errors.h"
#include "core/process/file_descriptor.h"
#include "real/tcp/socket.h"
#include "real/tcp/world.h"

namespace tandem {
namespace {

constexpr double kTimeout_s = 20;

struct Pipe {
  FileDescriptor reading, writing;
  Pipe() {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  void say(char word) const {
    if (write(writing.get(), &word, 1) != 1) throw std::runtime_error("nobody listens");
  }
  /// The next byte; '\0' once all writing ends are closed; a test failure when neither comes in time.
  char hear() const {
    pollfd entry{reading.get(), POLLIN, 0};
    char word = '\0';
    if (poll(&entry, 1, static_cast<int>(kTimeout_s * 1000)) <= 0) {
      ADD_FAILURE() << "nothing was heard in time";
    } else if (read(reading.get(), &word, 1) < 0) {
      ADD_FAILURE() << "the pipe broke";
    }
    return word;
  }
};

std::string failure_of(int ranks, const std::function<void(Comm&)>& body, double timeout_s = kTimeout_s) {
  try {
    kTcpWorld.run({.ranks = ranks, .timeout_s = timeout_s}, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.timeout_s = timeout_s});
      body(comm);
    });
  } catch (const RunFailed& error) {
    return error.what();
  }
  return "";
}

void wait_for(Comm& comm, int peer) {
  const Buffer buffer = comm.make_buffer(1);
  comm.recv(peer, 1, buffer);
}

bool has_children() { return waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

TEST(Processes, AKilledRankIsNamedToAllSurvivorsAndToTheCaller) {
  constexpr int kRanks = 5, kKilled = 2;
  const Pipe survivors;
  const auto start = tcp::Clock::now();
  EXPECT_EQ(failure_of(kRanks,
                       [&](Comm& comm) {
                         if (comm.rank() == kKilled) std::raise(SIGKILL);
                         try {
                           wait_for(comm, kKilled);
                         } catch (const PeerFailed& error) {
                           survivors.say(error.rank() == kKilled ? 'y' : 'n');
                         }
                       }),
            "rank 2 was killed by signal 9 (Killed)");
  EXPECT_LT(tcp::Clock::now() - start, std::chrono::duration<double>(kTimeout_s / 2));
  for (int survivor = 0; survivor < kRanks - 1; ++survivor) EXPECT_EQ(survivors.hear(), 'y');
  EXPECT_FALSE(has_children());
}

TEST(Processes, TheFirstToFailIsNamedAndNotThoseThatFailedBecauseOfIt) {
  const std::string text = failure_of(4, [](Comm& comm) {
    if (comm.rank() == 3) throw std::runtime_error("the disk is full");
    wait_for(comm, (comm.rank() + 1) % 4);
  });
  EXPECT_EQ(text, "rank 3: the disk is full");
}

TEST(Processes, ARankThatExitsInTheMiddleIsNamed) {
  EXPECT_EQ(failure_of(3,
                       [](Comm& comm) {
                         if (comm.rank() == 1) _exit(7);
                         wait_for(comm, 1);
                       }),
            "rank 1 exited with code 7 before its end");
}

TEST(Processes, ARankThatDoesNotEndAfterAFailureIsKilled) {
  EXPECT_EQ(failure_of(2,
                       [](Comm& comm) {
                         if (comm.rank() == 0) throw std::runtime_error("no more");
                         for (;;) pause();
                       }),
            "rank 0: no more");
  EXPECT_FALSE(has_children());
}

// Rank 2 waits for rank 1 and rank 1 for rank 0: their time-outs are consequences.
void wait_in_a_row(Comm& comm) {
  if (comm.rank() > 0) wait_for(comm, comm.rank() - 1);
}

TEST(Processes, AStoppedRankIsNamedAndNotThoseThatWaitForIt) {
  constexpr double kShort_s = 0.5;
  const std::string text = failure_of(
      3,
      [](Comm& comm) {
        if (comm.rank() == 0) std::raise(SIGSTOP);
        wait_in_a_row(comm);
      },
      kShort_s);
  EXPECT_EQ(text, "rank 0 was stopped by signal 19 (Stopped (signal)) and did not go on");
  EXPECT_FALSE(has_children());
}

TEST(Processes, AStoppedRankEndsTheRunThoughNobodyWaitsForIt) {
  const std::string text = failure_of(
      1, [](Comm&) { std::raise(SIGSTOP); }, 0.5);
  EXPECT_EQ(text, "rank 0 was stopped by signal 19 (Stopped (signal)) and did not go on");
}

TEST(Processes, ARankThatDoesNotAnswerIsNamedBesideTheFirstThatWaited) {
  const std::string text = failure_of(
      3,
      [](Comm& comm) {
        while (comm.rank() == 0) pause();
        wait_in_a_row(comm);
      },
      0.5);
  EXPECT_NE(text.find("waited 0.5 s for 1 values from rank "), std::string::npos) << text;
  EXPECT_NE(text.find("; rank 0 did not answer"), std::string::npos) << text;
  EXPECT_FALSE(has_children());
}

TEST(Processes, ALongCauseIsCutButArrives) {
  const std::string text = failure_of(1, [](Comm&) { throw std::runtime_error(std::string(1 << 20, 'x')); });
  EXPECT_EQ(text.substr(0, 9), "rank 0: x");
  EXPECT_GT(text.size(), 1000u);
}

TEST(Processes, AnAddressThatIsNotOursIsAUsersError) {
  EXPECT_THROW(kTcpWorld.run({.ranks = 1, .listen = "192.0.2.1"}, [](Endpoint&) {}), UsageError);
  EXPECT_FALSE(has_children());
}

TEST(Processes, RanksFindEachOtherOnEveryInterface) {
  EXPECT_NO_THROW(kTcpWorld.run({.ranks = 2, .listen = "0.0.0.0"}, [](Endpoint&) {}));
}

// A process that runs `ranks` ranks which wait for ever. Everything in it holds `alive`: once all have gone, it reads
// '\0'.
pid_t start_endless_run(const Pipe& alive, int ranks) {
  const pid_t caller = fork();
  if (caller != 0) return caller;
  failure_of(ranks, [&](Comm& comm) {
    alive.say('a');
    wait_for(comm, (comm.rank() + 1) % comm.size());
  });
  _exit(0);
}

class EachSignal : public testing::TestWithParam<int> {};

TEST_P(EachSignal, LeavesNoProcessBehind) {
  constexpr int kRanks = 3;
  Pipe alive;
  const pid_t caller = start_endless_run(alive, kRanks);
  alive.writing.reset();
  for (int rank = 0; rank < kRanks; ++rank) EXPECT_EQ(alive.hear(), 'a');

  kill(caller, GetParam());
  EXPECT_EQ(alive.hear(), '\0') << "a rank outlived its caller";
  int status = 0;
  waitpid(caller, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == GetParam()) << "the caller ended with status " << status;
}
INSTANTIATE_TEST_SUITE_P(Processes, EachSignal, testing::Values(SIGKILL, SIGINT, SIGTERM),
                         [](const auto& each) { return "Signal" + std::to_string(each.param); });

// A caller with a handler of its own goes on after it; the run does not.
TEST(Processes, ASignalThatTheCallerHandlesEndsTheRunAsFailed) {
  struct sigaction handler {};
  struct sigaction before {};
  handler.sa_handler = [](int) {};
  sigaction(SIGINT, &handler, &before);
  const std::string text = failure_of(2, [&](Comm& comm) {
    if (comm.rank() == 0) kill(getppid(), SIGINT);
    wait_for(comm, 1 - comm.rank());
  });
  sigaction(SIGINT, &before, nullptr);
  EXPECT_EQ(text, "the run was ended by signal 2 (Interrupt)");
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace tandem
