// Digests of files are those of their content, whatever blocks they are read in.
#include "app/store/sha256.h"

#include <gtest/gtest.h>

#include "app/store/whole_file.h"

namespace tandem {
namespace {

TEST(Sha256, OfAFileIsThatOfItsContent) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "content";
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200003}) {
    std::string content(size, 'a');
    if (size > 0) content.back() = '\0';
    write_whole_file(path, content);
    EXPECT_EQ(sha256_of_file(path), sha256_of(content)) << size << " bytes";
  }
  std::filesystem::remove(path);
}

TEST(Sha256, OfNoFileIsThatOfNoBytes) { EXPECT_EQ(sha256_of_file("/nowhere"), sha256_of("")); }

// The first of the examples of FIPS 180-2.
TEST(Sha256, IsTheStandards) {
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace tandem
