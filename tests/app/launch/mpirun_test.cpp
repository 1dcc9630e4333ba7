// The command that starts an MPI job.
#include "app/launch/mpirun.h"

#include <gmock/gmock.h>

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
  EXPECT_EQ(death_of_rank(printed), "rank 12 was killed by signal 9 (Killed)");
  EXPECT_EQ(death_of_rank(""), std::nullopt);
  EXPECT_EQ(death_of_rank("mpirun noticed that process rank 12"), std::nullopt);
  EXPECT_EQ(death_of_rank("mpirun noticed that the job aborted, but has no info as to the process"), std::nullopt);
}

}  // namespace
}  // namespace tandem
