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

}  // namespace
}  // namespace tandem
