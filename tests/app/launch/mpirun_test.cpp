// The command that starts an MPI job.
#include "app/launch/mpirun.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "core/errors.h"
#include "core/process/child.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(MpirunLine, NamesTheHostsWhereThereAreSome) {
  EXPECT_THAT(mpirun_line({.program = "tandem"}, 7, {"rank"}), testing::Not(testing::Contains("--hostfile")));
  const Words line = mpirun_line({.program = "tandem", .hostfile = "/etc/hosts of mine"}, 7, {"rank", "here"});
  EXPECT_THAT(line, testing::IsSupersetOf(Words{"7", "--oversubscribe", "--hostfile", "/etc/hosts of mine"}));
  EXPECT_EQ(Words(line.end() - 3, line.end()), (Words{"tandem", "rank", "here"}));
  EXPECT_THAT(text_of_command(line), HasSubstr(" --hostfile '/etc/hosts of mine' "));
}

// What Open MPI 4.1 prints, and where a run that ends by itself says nothing of a rank.
TEST(DeathOfRank, IsWhatMpirunNoticed) {
  const std::string printed =
      "Primary job  terminated normally, but 1 process returned\n"
      "a non-zero exit code. Per user-direction, the job has been aborted.\n"
      "--------------------------------------------------------------------------\n"
      "mpirun noticed that process rank 12 with PID 0 on node vm exited on signal 9 (Killed).\n";
  ASSERT_TRUE(death_of_rank(printed).has_value());
  EXPECT_EQ(death_of_rank(printed)->text, "rank 12 was killed by signal 9 (Killed)");
  EXPECT_EQ(death_of_rank(printed)->rank, 12);
  EXPECT_FALSE(death_of_rank("").has_value());
  EXPECT_FALSE(death_of_rank("mpirun noticed that process rank 12").has_value());
  EXPECT_FALSE(death_of_rank("mpirun noticed that the job aborted, but has no info as to the process").has_value());
}

std::string failure_of_job(const std::string& script) {
  try {
    return "exit code " + std::to_string(run_mpirun({.program = "/bin/sh"}, 3, {"-c", script}, /*timeout_s=*/0).code);
  } catch (const RunFailed& error) {
    return error.what();
  }
}

// mpirun would wait for it for ever: the others have ended well, and have nobody to wait for.
TEST(StoppedRank, EndsTheJobAndIsNamed) {
  EXPECT_EQ(failure_of_job("test $OMPI_COMM_WORLD_RANK != 1 || kill -STOP $$"), "rank 1 was stopped and did not go on");
}

TEST(StoppedRank, WhoGoesOnHarmsNothing) {
  EXPECT_EQ(failure_of_job("test $OMPI_COMM_WORLD_RANK != 1 || { (sleep 2; kill -CONT $$) & kill -STOP $$; }"),
            "exit code 0");
}

// A program by this name that starts nobody, as an mpirun that hangs when all ranks have gone.
TEST(StoppedRank, AnMpirunWithoutAnyIsGivenUp) {
  const TemporaryFolder folder;
  const std::filesystem::path program = folder.file("mpirun", "#!/bin/sh\nexec tail -f /dev/null\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  // In a process of its own, because the path is the process's.
  Child child = fork_child({}, [&] {
    setenv("PATH", (folder.path().string() + ":/usr/bin:/bin").c_str(), /*overwrite=*/1);
    return failure_of_job("") == "mpirun has no ranks any more, and does not end" ? 0 : 1;
  });
  EXPECT_TRUE(child.wait().is_success());
}

}  // namespace
}  // namespace tandem
