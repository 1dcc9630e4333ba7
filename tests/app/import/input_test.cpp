// What every format shares: files that are missing, compressed, damaged, too large, or of no format; and random damage.
#include "app/import/input.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <cstdint>
#include <random>
#include <vector>

#include "app/commands/import.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::string gzipped(const std::string& text) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "file.gz").string();
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return text_of_file(path);
}

TEST(ImportInput, RefusesWhatIsNoFile) {
  EXPECT_THROW(InputFile("/no/such/file"), UsageError);
  EXPECT_THROW(InputFile("/tmp"), UsageError);
  EXPECT_THROW(InputFile("/dev/zero"), UsageError);
  EXPECT_THAT(refusal_of("hello world\n"), HasSubstr("no format is known by this content; there are: "));
}

TEST(ImportInput, ReadsTheSameFromACompressedFile) {
  const TemporaryFolder folder;
  const std::string text = text_of_file(golden("nccl-all-reduce.log"));
  EXPECT_EQ(InputFile(folder.file("log.gz", gzipped(text))).text(), text);
  const std::string whole = gzipped(text);
  EXPECT_THAT(refusal_of(whole.substr(0, whole.size() / 2), "nccl-tests"), HasSubstr("damaged or truncated gzip"));
}

// 64 MiB of zeros take 64 kB: no log does.
TEST(ImportInput, RefusesWhatGrowsBeyondReason) {
  EXPECT_THAT(refusal_of(gzipped(std::string(64 << 20, ' ')), "nccl-tests"), HasSubstr("grows more than 300 times"));
}

TEST(ImportInput, RefusesATextBeyondItsLimit) {
  const TemporaryFolder folder;
  const std::string path = folder.file("large", "x");
  std::filesystem::resize_file(path, InputFile::kLargestText + 2);
  EXPECT_THROW(InputFile(path).text(), UsageError);
}

TEST(ImportCommand, WritesAllOrNothing) {
  const TemporaryFolder folder;
  const std::string output = (folder.path() / "out.yaml").string();
  const ImportOptions options{.file = golden("nccl-all-reduce.log"), .output = output};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(import_command(options), 0);
  EXPECT_THROW(import_command(options), UsageError);  // it is there already
  testing::internal::GetCapturedStdout();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("note: all-reduce: row refused, line 23: 3 wrong"));
  EXPECT_THAT(text_of_file(output), HasSubstr("workers: 8\nranks_per_node: 4\n"));
  const std::string bad = folder.file("bad.log", "algbw busbw\n");
  EXPECT_THROW(import_command({.file = bad, .output = (folder.path() / "bad.yaml").string()}), UsageError);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "bad.yaml"));
}

// 1e18 ns of latency are 32 years: no scenario could start from that.
TEST(ImportCommand, WritesNoClusterThatAScenarioRefuses) {
  const TemporaryFolder folder;
  const std::string network = replaced(text_of_file(golden("astra-network.yml")), "2000.0", "1e18");
  const std::string output = (folder.path() / "out.yaml").string();
  const ImportOptions options{.file = folder.file("network.yml", network), .output = output};
  try {
    import_command(options);
    FAIL() << "it was written";
  } catch (const ScenarioError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the cluster of " + options.file));
    EXPECT_THAT(error.what(), HasSubstr("network.latency must be a time with its unit, from 0 to 3600s, not"));
  }
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(ImportCommand, SaysHowToUseWhatItWrote) {
  const auto said = [](const char* sample) {
    const TemporaryFolder folder;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    EXPECT_EQ(import_command({.file = golden(sample), .output = (folder.path() / "out.yaml").string()}), 0);
    testing::internal::GetCapturedStderr();
    std::string text = testing::internal::GetCapturedStdout();
    for (std::size_t at; (at = text.find(folder.path().string() + "/")) != text.npos;)
      text.erase(at, folder.path().string().size() + 1);
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(said("nccl-all-reduce.log"), "in a scenario: cluster: {from: out.yaml}\n");
  EXPECT_EQ(said("calculon-system.json"), "in a scenario: cluster: {from: out.yaml}\n");
  EXPECT_EQ(said("astra-network.yml"), "in a scenario: cluster: {from: out.yaml}\n");
  EXPECT_EQ(said("config.json"), "in a scenario: model: {name: profile, profile: out.yaml}\n");
  EXPECT_EQ(said("pytorch-execution.json"), "next: tandem run out-scenario.yaml\n");
  EXPECT_EQ(said("kineto-ddp.json"), "next: tandem compare out-scenario.yaml --measured out-measured.csv\n");
}

/// Bytes are changed, dropped and doubled, digits more often than others.
std::string damaged(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const std::size_t changes = 1 + below(8);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, 1 + below(40));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), below(60)));
        break;
      case 3:
        text.resize(at);
        break;
      default: {
        static const std::vector<std::string> kNumbers = {"0", "-1", "1e999", "999999999999999999999", "nan", "null"};
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit != std::string::npos) text.replace(digit, 1, kNumbers[below(kNumbers.size())]);
      }
    }
  }
  return text;
}

// A damaged file is read or refused with a sentence; anything else that is thrown, and a crash, fails the test.
TEST(ImportFuzz, NoDamageCrashesAReader) {
  constexpr int kRounds = 150;
  std::mt19937 random(7);
  const TemporaryFolder folder;
  std::size_t refused = 0, read = 0;
  for (const auto& sample : std::filesystem::directory_iterator(golden(""))) {
    const InputFile whole(sample.path().string());
    const ImportFormat& format = format_of(whole);
    const std::string text = text_of_file(sample.path().string());
    for (int round = 0; round < kRounds; ++round) {
      const std::string path = folder.file("damaged", damaged(text, random));
      try {
        const InputFile input(path);
        EXPECT_FALSE(format.read(input, "imported").texts.empty());
        ++read;
      } catch (const UsageError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 0U);
  EXPECT_GT(read, 0U);
}

}  // namespace
}  // namespace tandem
