#include <gtest/gtest.h>

#include <numeric>

#include "algorithms/data/loaders.h"
#include "tests/algorithms/errors_of.h"
#include "tests/algorithms/gzip_file.h"

namespace tandem {
namespace {

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// Three images of 2 x 2 with values up to 255, so that signed bytes would show.
std::string three_images() {
  std::string bytes = number(0x803) + number(3) + number(2) + number(2);
  for (int i = 0; i < 12; ++i) bytes += static_cast<char>(244 + i);
  return bytes;
}
std::string three_labels() { return number(0x801) + number(3) + std::string{"\x01\x00\x09", 3}; }

class Idx : public testing::Test {
 protected:
  TemporaryFolder directory;
  std::string images = directory.file("images", three_images()), labels = directory.file("labels", three_labels());

  /// The complaint about these images (with good labels), after the file's name.
  std::string images_error(const std::string& bytes) {
    const std::string path = directory.file("bad", bytes);
    const std::string error = usage_error_of([&] { load_idx(path, labels); });
    EXPECT_TRUE(error.starts_with(path + ": ")) << error;
    return error.substr(std::min(error.size(), path.size() + 2));
  }
};

TEST_F(Idx, PlainAndGzippedFilesGiveTheSameRows) {
  const LoadedRows plain = load_idx(images, labels);
  EXPECT_EQ(plain.width, 4U);
  EXPECT_EQ(plain.rows.count, 3U);
  std::vector<float> expected(12);
  std::iota(expected.begin(), expected.end(), 244.0F);
  EXPECT_EQ(plain.rows.features.values(), expected);
  EXPECT_EQ(plain.rows.targets, (std::vector<float>{1, 0, 9}));

  const LoadedRows gzipped =
      load_idx(gzip_file(directory, "images.gz", three_images()), gzip_file(directory, "labels.gz", three_labels()));
  EXPECT_EQ(gzipped.rows.features.values(), plain.rows.features.values());
  EXPECT_EQ(gzipped.rows.targets, plain.rows.targets);
}

TEST_F(Idx, EveryTruncationIsNoticed) {
  const std::string whole = three_images();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(images_error(whole.substr(0, length)).find("truncated"), std::string::npos) << length;
  }
  EXPECT_EQ(images_error(whole.substr(0, whole.size() - 1)), "truncated: 11 of 12 values");
}

TEST_F(Idx, EveryTruncationOfTheGzipIsNoticed) {
  const std::string whole = content_of(gzip_file(directory, "whole.gz", three_images()));
  ASSERT_GT(whole.size(), 20U);
  for (std::size_t length = 3; length < whole.size(); ++length)
    EXPECT_NE(images_error(whole.substr(0, length)), "") << length;
  // A last byte of the check sum that is wrong, too.
  std::string damaged = whole;
  damaged[whole.size() - 8] = static_cast<char>(damaged[whole.size() - 8] ^ 1);
  EXPECT_NE(images_error(damaged).find("damaged"), std::string::npos);
}

TEST_F(Idx, GarbageIsRefused) {
  EXPECT_NE(images_error("this is no idx file at all").find("magic number 74686973"), std::string::npos);
  EXPECT_NE(
      images_error(number(0x803) + number(0xffffffff) + number(0xffffffff) + number(0xffffffff)).find("cannot hold"),
      std::string::npos);
  EXPECT_NE(images_error(number(0x803) + number(0) + number(2) + number(2)).find("size 0"), std::string::npos);
  EXPECT_NE(images_error(number(0xa03) + three_images().substr(4)).find("magic number 00000a03"), std::string::npos);
  EXPECT_NE(images_error(three_labels()).find("not an idx file in 2 to 4"), std::string::npos);
  EXPECT_EQ(images_error(three_images() + "x"), "more than the 12 values promised");
}

TEST_F(Idx, ValuesOfEveryTypeAreBigEndian) {
  const auto features = [&](std::uint32_t magic, const std::string& values) {
    return load_idx(directory.file("typed", number(magic) + number(1) + number(2) + values),
                    directory.file("label", number(0x801) + number(1) + "\x01"))
        .rows.features.values();
  };
  EXPECT_EQ(features(0x802, "\x7f\xff"), (std::vector<float>{127, 255}));
  EXPECT_EQ(features(0x902, "\x7f\xff"), (std::vector<float>{127, -1}));
  EXPECT_EQ(features(0xb02, std::string("\x01\x00\xff\xfe", 4)), (std::vector<float>{256, -2}));
  EXPECT_EQ(features(0xc02, number(65536) + number(0xfffffffd)), (std::vector<float>{65536, -3}));
  EXPECT_EQ(features(0xd02, number(0x3fc00000) + number(0xc0000000)), (std::vector<float>{1.5, -2}));
  EXPECT_EQ(features(0xe02, number(0x3ff80000) + number(0) + number(0xc0000000) + number(0)),
            (std::vector<float>{1.5, -2}));
  EXPECT_NE(images_error(number(0xd02) + number(3) + number(1) + number(0x7fc00000) + number(0) + number(0))
                .find("value 1 is nan"),
            std::string::npos);
}

TEST_F(Idx, LabelsAreClassNumbers) {
  const std::string negative = directory.file("negative", number(0x901) + number(3) + "\x01\xff\x01");
  EXPECT_EQ(usage_error_of([&] { load_idx(images, negative); }),
            negative + ": label -1; class numbers are whole, from 0 to 65535");
}

TEST_F(Idx, LabelsMustMatchTheImages) {
  const std::string two = directory.file("two", number(0x801) + number(2) + std::string("\x01\x01"));
  EXPECT_EQ(usage_error_of([&] { load_idx(images, two); }), two + ": 2 labels for the 3 images of " + images);
}

TEST_F(Idx, MissingFilesAndDirectoriesAreNamed) {
  const std::string missing = (directory.path() / "missing").string();
  EXPECT_EQ(usage_error_of([&] { load_idx(missing, labels); }),
            missing + ": cannot be read: No such file or directory");
  EXPECT_EQ(usage_error_of([&] { load_idx(images, (directory.path() / "").string()); }),
            (directory.path() / "").string() + ": is a directory, not a file");
}

TEST(FashionMnist, AMissingPackageIsNamed) {
  const TemporaryFolder empty;
  EXPECT_NE(usage_error_of([&] {
              load_fashion_mnist(true, (empty.path() / "nothing").string());
            }).find("apt install dataset-fashion-mnist"),
            std::string::npos);
}

TEST(FashionMnist, HasSixtyThousandAndTenThousandRows) {
  if (!std::filesystem::exists(kFashionMnistDirectory)) {
    GTEST_SKIP() << kFashionMnistDirectory << " is missing; apt install dataset-fashion-mnist";
  }
  const FashionMnist loaded = load_fashion_mnist(true);
  EXPECT_EQ(loaded.train.rows.count, 60000U);
  EXPECT_EQ(loaded.test.rows.count, 10000U);
  EXPECT_EQ(loaded.train.width, 784U);
  EXPECT_EQ(loaded.test.rows.features.size(), 7840000U);
  std::vector<int> labels(10);
  for (const float label : loaded.train.rows.targets) ++labels.at(static_cast<std::size_t>(label));
  EXPECT_EQ(labels, std::vector<int>(10, 6000));
}

}  // namespace
}  // namespace tandem
