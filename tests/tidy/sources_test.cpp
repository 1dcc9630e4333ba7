// The splitter that all habits trust.
#include "tests/tidy/sources.h"

#include <gtest/gtest.h>

namespace tandem::tidy {
namespace {

TEST(Sources, AreSplitIntoCodeAndComments) {
  const SourceFile file = split("x.cpp",
                                "int a = 1'000;  ///< Of no use\n"
                                "auto b = \"// \\\" text\"; /* one\n"
                                "two */ char c = '\"';\n"
                                "auto d = R\"x(a \"quoted\" // )\" )x\"; // last");
  EXPECT_EQ(file.comments, (std::vector<std::string>{"Of no use", "one", "two", "last"}));
  EXPECT_EQ(file.code[1].substr(0, 23), "auto b = \"// \\\" text\"; ");
  EXPECT_EQ(file.bare[1].substr(0, 23), "auto b = \"          \"; ");
  EXPECT_EQ(file.bare[2], "       char c = ' ';");
  EXPECT_EQ(file.bare[3].find("quoted"), std::string::npos);
  EXPECT_EQ(file.text[0], "int a = 1'000;  ///< Of no use");
}

TEST(Sources, AreAllFound) {
  EXPECT_GT(sources().size(), 300U);
  EXPECT_FALSE(sources_under("algorithms/collectives/").empty());
}

}  // namespace
}  // namespace tandem::tidy
