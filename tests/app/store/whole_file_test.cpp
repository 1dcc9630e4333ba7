#include "app/store/whole_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

template <class Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(WholeFile, LinksStayLinksAndTheirTargetsAreWritten) {
  const TemporaryFolder folder;
  const fs::path link = folder.path() / "link", target = folder.path() / "target",
                 dangling = folder.path() / "dangling";
  fs::create_symlink("target", link);
  fs::create_symlink(folder.path() / "made" / "later", dangling);
  for (const std::string content : {"", "1", "another"}) {
    write_whole_file(link, content);
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_FALSE(fs::is_symlink(target));
    EXPECT_EQ(read_whole_file(target), content);
  }
  EXPECT_THAT(refusal_of([&] { refuse_to_replace(link, false); }), HasSubstr("link is there already"));
  EXPECT_EQ(refusal_of([&] { refuse_to_replace(dangling, false); }), "");
  write_whole_file(dangling, "x");
  EXPECT_TRUE(fs::is_symlink(dangling));
  EXPECT_EQ(read_whole_file(folder.path() / "made" / "later"), "x");
}

TEST(WholeFile, LinksThatLeadToThemselvesAreRefused) {
  const TemporaryFolder folder;
  const fs::path one = folder.path() / "one", other = folder.path() / "other";
  fs::create_symlink("other", one);
  fs::create_symlink("one", other);
  for (const bool force : {false, true}) {
    EXPECT_THAT(refusal_of([&] { refuse_to_replace(one, force); }), HasSubstr("Too many levels of symbolic links"));
  }
  EXPECT_THAT(refusal_of([&] { write_whole_file(one, "x"); }), HasSubstr("Too many levels of symbolic links"));
  EXPECT_TRUE(fs::is_symlink(one));
}

// As root, a rename over /dev/null would take it from the whole machine.
TEST(WholeFile, DevicesPipesAndFoldersAreNotReplaced) {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path() / "pipe", link = folder.path() / "link", inner = folder.path() / "inner";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink("pipe", link);
  fs::create_directory(inner);
  for (const fs::path& path : {pipe, link}) {
    const std::string refused = fmt::format("cannot write {}: it is a device or a pipe, not a file", path.string());
    EXPECT_EQ(refusal_of([&] { refuse_to_replace(path, true); }), refused);
    EXPECT_EQ(refusal_of([&] { refuse_to_replace(path, false); }), refused);
    EXPECT_EQ(refusal_of([&] { write_whole_file(path, "x"); }), refused);
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_THAT(refusal_of([&] { refuse_to_replace(inner, true); }), HasSubstr("inner: Is a directory"));
  EXPECT_THAT(refusal_of([&] { write_whole_file(inner, "x"); }), HasSubstr("inner: Is a directory"));
}

}  // namespace
}  // namespace tandem
