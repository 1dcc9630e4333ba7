// Child processes of the runner: how they end, and what signals do.
#include "app/launch/child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

constexpr double kDeadlineS = 60;

TEST(Child, OneThatEndsWellHasNoTroubleAndItsOutputIsKept) {
  const TemporaryFolder folder;
  const pid_t pid = start_child([] { puts("said"), fputs("complained", stderr); }, folder.path() / "log");
  const ChildEnd end = wait_for_child(kDeadlineS);
  EXPECT_EQ(end.pid, pid);
  EXPECT_EQ(end.trouble, "");
  const std::string log = content_of(folder.path() / "log");
  EXPECT_NE(log.find("said"), std::string::npos) << log;
  EXPECT_NE(log.find("complained"), std::string::npos) << log;
}

TEST(Child, ACrashIsNamed) {
  const TemporaryFolder folder;
  start_child([] { std::raise(SIGABRT); }, folder.path() / "log");
  EXPECT_EQ(wait_for_child(kDeadlineS).trouble, "ended by signal 6 (Aborted)");
  start_child([] { _exit(7); }, folder.path() / "log");
  EXPECT_EQ(wait_for_child(kDeadlineS).trouble, "ended with exit code 7");
}

// Were it to leave by the exception, the child would go on as a second runner.
TEST(Child, AnExceptionEndsItWithItsText) {
  const TemporaryFolder folder;
  const pid_t here = getpid();
  start_child([] { throw std::runtime_error("no space"); }, folder.path() / "log");
  ASSERT_EQ(getpid(), here);
  EXPECT_EQ(wait_for_child(kDeadlineS).trouble, "ended with exit code 1");
  EXPECT_EQ(content_of(folder.path() / "log"), "no space\n");
}

TEST(Child, WaitingEndsInTimeWhenNobodyEnds) {
  const TemporaryFolder folder;
  const pid_t pid = start_child([] { pause(); }, folder.path() / "log");
  EXPECT_EQ(wait_for_child(0.01).pid, 0);
  EXPECT_EQ(wait_for_child(0).pid, 0);
  kill_child(pid);
  EXPECT_EQ(wait_for_child(0).pid, 0) << "it was waited for";
}

TEST(Child, KillingItTakesTheProcessesThatItStarted) {
  const TemporaryFolder folder;
  const pid_t pid = start_child(
      [] {
        for (int i = 0; i < 3; ++i) {
          if (fork() == 0) pause();
        }
        pause();
      },
      folder.path() / "log");
  ASSERT_TRUE(becomes_true([&] { return descendants_of(pid).size() == 3; }));
  const auto grandchildren = descendants_of(pid);
  kill_child(pid);
  for (const auto& [process, parent] : grandchildren) {
    EXPECT_TRUE(becomes_true([&] { return !descendants_of(1).contains(process); })) << process << " was left behind";
  }
}

TEST(InterruptGuard, ASignalEndsTheWaitAndNotTheProgram) {
  const TemporaryFolder folder;
  const InterruptGuard guard;
  EXPECT_EQ(guard.signal(), 0);
  const pid_t runner = getpid();
  const pid_t pid = start_child([runner] { kill(runner, SIGTERM), pause(); }, folder.path() / "log");
  EXPECT_EQ(wait_for_child(kDeadlineS).pid, 0);
  EXPECT_EQ(guard.signal(), SIGTERM);
  kill_child(pid);
}

TEST(InterruptGuard, AnInterruptionIsForgottenWithItsGuard) {
  const TemporaryFolder folder;
  {
    const InterruptGuard guard;
    raise(SIGINT);
    EXPECT_EQ(guard.signal(), SIGINT);
  }
  const pid_t pid = start_child([] {}, folder.path() / "log");
  EXPECT_EQ(wait_for_child(kDeadlineS).pid, pid);
}

TEST(InterruptGuard, AfterItTheFormerHandlersAreBack) {
  struct sigaction former {
  }, now{};
  former.sa_handler = SIG_IGN;
  sigaction(SIGINT, &former, nullptr);
  { const InterruptGuard guard; }
  sigaction(SIGINT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace tandem
