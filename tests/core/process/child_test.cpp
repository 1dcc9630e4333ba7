// Child processes: how they end, what ends them, and that nothing is left behind.
#include "core/process/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "core/process/program.h"
#include "core/process/signal_watch.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

constexpr double kDeadline_s = 60;

Child fork_logged(const TemporaryFolder& folder, const std::function<int()>& body) {
  const FileDescriptor log(open((folder.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  return fork_child({.leads_group = true, .output = log.get(), .errors = log.get()}, body);
}

bool ends_in_time(const Child& child) { return wait_until_readable(std::array{child.descriptor()}, kDeadline_s); }

TEST(Child, OneThatEndsWellHasNoTroubleAndItsOutputIsKept) {
  const TemporaryFolder folder;
  Child child = fork_logged(folder, [] { return puts("said"), fputs("complained", stderr), 0; });
  ASSERT_TRUE(ends_in_time(child));
  EXPECT_TRUE(child.has_ended());
  EXPECT_TRUE(child.wait().is_success());
  EXPECT_EQ(child.wait().text(), "") << "as often as it is asked";
  const std::string log = content_of(folder.path() / "log");
  EXPECT_NE(log.find("said"), std::string::npos) << log;
  EXPECT_NE(log.find("complained"), std::string::npos) << log;
}

TEST(Child, ACrashIsNamed) {
  EXPECT_EQ(fork_child({}, [] { return raise(SIGKILL); }).wait().text(), "ended by signal 9 (Killed)");
  EXPECT_EQ(fork_child({}, [] { return 7; }).wait().text(), "ended with exit code 7");
}

// Were it to leave by the exception, the child would go on as a second runner.
TEST(Child, AnExceptionEndsItWithItsText) {
  const TemporaryFolder folder;
  const pid_t here = getpid();
  Child child = fork_logged(folder, []() -> int { throw std::runtime_error("no space"); });
  ASSERT_EQ(getpid(), here);
  EXPECT_EQ(child.wait().text(), "ended with exit code 1");
  EXPECT_EQ(content_of(folder.path() / "log"), "no space\n");
}

TEST(Child, WaitingEndsInTimeWhenNobodyEnds) {
  Child child = fork_child({.leads_group = true}, [] { return pause(); });
  EXPECT_FALSE(wait_until_readable(std::array{child.descriptor()}, 0.01));
  EXPECT_FALSE(wait_until_readable(std::array{child.descriptor()}, 0));
  EXPECT_FALSE(child.has_ended());
  child.end(kDeadline_s);
  EXPECT_EQ(child.wait().signal, SIGTERM) << "it was asked, and did not have to be killed";
}

TEST(Child, OneThatDoesNotListenIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child child = fork_child({.leads_group = true}, [&] {
    std::signal(SIGTERM, SIG_IGN);
    if (write(writing.get(), "x", 1) != 1) return 1;
    for (;;) pause();
  });
  ASSERT_TRUE(wait_until_readable(std::array{reading.get()}, kDeadline_s));
  child.end(0.01);
  EXPECT_EQ(child.wait().signal, SIGKILL);
}

// The writing end of a pipe is held by all of them: it closes when the last has gone.
TEST(Child, EndingItTakesTheProcessesThatItStarted) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child child = fork_child({.leads_group = true}, [&] {
    for (int i = 0; i < 3; ++i) fork_child({}, [] { return pause(); });
    if (write(writing.get(), "x", 1) != 1) return 1;
    return pause();
  });
  writing.reset();
  char byte = 0;
  ASSERT_EQ(read(reading.get(), &byte, 1), 1);
  child.end(kDeadline_s);
  ASSERT_TRUE(wait_until_readable(std::array{reading.get()}, kDeadline_s));
  EXPECT_EQ(read(reading.get(), &byte, 1), 0);
}

TEST(Child, ItDiesWithTheProcessThatStartedIt) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child parent = fork_child({}, [] {
    fork_child({.leads_group = true}, [] { return pause(); });
    return pause();
  });
  writing.reset();
  parent.send(SIGKILL);
  parent.wait();
  ASSERT_TRUE(wait_until_readable(std::array{reading.get()}, kDeadline_s)) << "the grandchild still holds the pipe";
}

TEST(StartProgram, OneThatIsNotThereIsSaid) {
  try {
    start_program({"no-such-program", "x"});
    FAIL() << "it was started";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("no-such-program cannot be started"), std::string::npos) << error.what();
  }
}

TEST(RunProgram, ReadsItsInputInItsFolderAndKeepsItsStreamsApart) {
  const TemporaryFolder folder;
  folder.file("here", "");
  const ProgramResult result =
      run_program({"sh", "-c", "cat; ls >&2; exit 3"}, {.input = "a\nb\n", .folder = folder.path()});
  EXPECT_EQ(result.end.code, 3);
  EXPECT_TRUE(result.ended_in_time);
  EXPECT_EQ(result.output, "a\nb\n");
  EXPECT_EQ(result.errors, "here\n");
}

TEST(RunProgram, MoreThanAPipeHoldsGoesThrough) {
  const std::string much(1'000'003, 'x');
  EXPECT_EQ(run_program({"cat"}, {.input = much}).output, much);
}

TEST(RunProgram, OneWithoutEndIsKilled) {
  const ProgramResult result = run_program({"sh", "-c", "sleep 1000 & wait"}, {.timeout_s = 0.05});
  EXPECT_FALSE(result.ended_in_time);
  EXPECT_FALSE(result.end.is_success());
}

TEST(SignalWatch, ASignalEndsTheWaitAndNotTheProgram) {
  SignalWatch watch;
  EXPECT_EQ(watch.take(), 0);
  const pid_t here = getpid();
  Child child = fork_child({.leads_group = true}, [here] { return kill(here, SIGTERM), pause(); });
  EXPECT_TRUE(wait_until_readable(std::array{watch.descriptor(), child.descriptor()}, kDeadline_s));
  EXPECT_EQ(watch.take(), SIGTERM);
  EXPECT_EQ(watch.take(), 0) << "once";
  child.end(0);
}

TEST(SignalWatch, AChildIsEndedByTheSignalsThatItsParentWatches) {
  const SignalWatch watch;
  Child told = fork_child({.leads_group = true}, [] { return pause(); });
  told.send(SIGTERM);
  ASSERT_TRUE(ends_in_time(told));
  EXPECT_EQ(told.wait().signal, SIGTERM);
  Child interrupted = fork_child({.leads_group = true}, [] { return raise(SIGINT), pause(); });
  ASSERT_TRUE(ends_in_time(interrupted));
  EXPECT_EQ(interrupted.wait().signal, SIGINT);
}

// A terminal interrupts a group at any time, also while a child is on its way out of it.
TEST(SignalWatch, AnInterruptOfTheGroupDoesNotReachAChildThatLeavesIt) {
  constexpr int kChildren = 300;
  Child group = fork_child({.leads_group = true}, [] {
    SignalWatch watch;
    Child terminal = fork_child({}, [] {
      std::signal(SIGINT, SIG_IGN);
      for (;;) kill(0, SIGINT);
      return 0;
    });
    int interrupted = 0;
    for (int i = 0; i < kChildren; ++i) {
      Child child = fork_child({.leads_group = true}, [] { return 0; });
      interrupted += child.wait().is_success() ? 0 : 1;
    }
    terminal.end(0);
    while (watch.take() != 0) {
    }
    return std::min(interrupted, 100);
  });
  ASSERT_TRUE(ends_in_time(group));
  EXPECT_EQ(group.wait().text(), "") << "the exit code counts children that were interrupted";
}

TEST(SignalWatch, AfterItTheFormerMaskIsBack) {
  sigset_t before, after;
  sigprocmask(SIG_BLOCK, nullptr, &before);
  { const SignalWatch watch; }
  sigprocmask(SIG_BLOCK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
  EXPECT_EQ(sigismember(&after, SIGTERM), 0);
}

}  // namespace
}  // namespace tandem
