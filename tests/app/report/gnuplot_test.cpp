#include "app/report/gnuplot.h"

#include <gtest/gtest.h>

#include "app/store/whole_file.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(Gnuplot, StringsAreEscaped) {
  EXPECT_EQ(gnuplot_string("plain"), "\"plain\"");
  EXPECT_EQ(gnuplot_string("a \"b\" \\ c\nd"), "\"a \\\"b\\\" \\\\ c\\nd\"");
}

TEST(Gnuplot, RunsInTheFolderOfTheScript) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "x.gp", "set print 'out.txt'\nprint 6 * 7\n");
  EXPECT_EQ(run_gnuplot(folder.path() / "x.gp"), "");
  EXPECT_EQ(content_of(folder.path() / "out.txt"), "42\n");
}

TEST(Gnuplot, ItsErrorIsShown) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "x.gp", "plot 'no-such-file.csv'\n");
  const std::string trouble = run_gnuplot(folder.path() / "x.gp");
  EXPECT_NE(trouble.find("no-such-file.csv"), std::string::npos) << trouble;
}

TEST(Gnuplot, MissingProgramSaysWhatToInstall) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "x.gp", "");
  const std::string trouble = run_gnuplot(folder.path() / "x.gp", 60, "no-such-gnuplot");
  EXPECT_NE(trouble.find("no-such-gnuplot was not found: install it (apt install gnuplot-nox)"), std::string::npos)
      << trouble;
  EXPECT_NE(trouble.find("gnuplot x.gp"), std::string::npos) << trouble;
}

TEST(Gnuplot, AScriptWithoutEndIsKilled) {
  const TemporaryFolder folder;
  write_whole_file(folder.path() / "x.gp", "while (1) { a = 1 }\n");
  EXPECT_NE(run_gnuplot(folder.path() / "x.gp", 0.2).find("did not end within 0.2 s"), std::string::npos);
}

}  // namespace
}  // namespace tandem
