// Checkpoints that a run must not go on from: damaged ones, and those of another run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/run/recovery.h"
#include "core/errors.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class Refusals : public testing::Test {
 protected:
  void SetUp() override {
    scenario_ = small_mlp("{name: ps-sync, servers: 2}", 2, "threads");
    scenario_.checkpoint = CheckpointSpec{.every = {.steps = 3}};
    run_in(folder_.path(), scenario_);
    checkpoint_ = folder_.path() / "checkpoints" / "step-00000006";
  }

  /// Why the run cannot go on from the checkpoint; empty if it can.
  std::string refusal() {
    data_ = load_dataset(scenario_.workload.data, scenario_.workload.loss, scenario_.seed);
    try {
      first_attempt({.scenario = scenario_, .data = &data_, .resume = folder_.path()});
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  void replace(const fs::path& file, const std::string& from, const std::string& by) {
    std::string text = content_of(checkpoint_ / file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), by);
    std::ofstream(checkpoint_ / file, std::ios::binary) << text;
  }

  TemporaryFolder folder_;
  Scenario scenario_;
  Dataset data_;
  fs::path checkpoint_;
};

TEST_F(Refusals, NoneOfItsOwn) { EXPECT_EQ(refusal(), ""); }

TEST_F(Refusals, AnotherSeed) {
  scenario_.seed = 8;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("manifest.json"), HasSubstr("seed: expected 8, found 7")));
}

TEST_F(Refusals, AnotherModel) {
  scenario_.workload.model.hidden = {4};
  EXPECT_THAT(refusal(), AllOf(HasSubstr("workload.model.hidden: expected [4]"), HasSubstr("found [13,11")));
}

TEST_F(Refusals, OtherData) {
  scenario_.workload.data.noise = 0.2;
  EXPECT_THAT(refusal(), HasSubstr("data"));
}

TEST_F(Refusals, AnotherStrategyOrNumberOfWorkers) {
  scenario_.cluster.workers = 3;
  EXPECT_THAT(refusal(), HasSubstr("workers: expected 3, found 2"));
  scenario_.cluster.workers = 2;
  scenario_.strategy = parse_strategy("{name: ps-sync, servers: 3}");
  EXPECT_THAT(refusal(), HasSubstr("strategy.servers: expected 3, found 2"));
}

TEST_F(Refusals, AnotherVersionOfTheFormat) {
  replace("manifest.json", "\"version\": 1", "\"version\": 9");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("manifest.json: version"), HasSubstr("expected 1, found 9")));
}

TEST_F(Refusals, EveryByteOfAPartThatIsDamaged) {
  const std::string name = "rank-0002.safetensors";
  const std::string whole = content_of(checkpoint_ / name);
  ASSERT_GT(whole.size(), 100U);
  // Every 97th byte: a prime, so that header and values of all lengths are met.
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(checkpoint_ / name, std::ios::binary) << damaged;
    ASSERT_THAT(refusal(), AllOf(HasSubstr(name), HasSubstr("sha256"), HasSubstr("expected"))) << "byte " << at;
  }
  std::ofstream(checkpoint_ / name, std::ios::binary) << whole.substr(0, whole.size() - 1);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(name), HasSubstr("bytes")));
  fs::remove(checkpoint_ / name);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(name), HasSubstr("cannot be read")));
}

TEST_F(Refusals, PartsOutsideTheFolder) {
  replace("manifest.json", "rank-0002.safetensors", "../../rank-0002.safetensors");
  EXPECT_THAT(refusal(), HasSubstr("no file in this folder"));
}

TEST_F(Refusals, WithoutAManifestTheOneBeforeItCounts) {
  fs::remove(checkpoint_ / "manifest.json");
  EXPECT_EQ(latest_checkpoint(folder_.path())->filename(), "step-00000003");
  EXPECT_EQ(refusal(), "");
  fs::remove_all(folder_.path() / "checkpoints");
  EXPECT_THAT(refusal(), HasSubstr("holds no complete checkpoint"));
}

TEST(Safetensors, HeadersAreBoundedBeforeTheyAreBelieved) {
  const std::vector<StoredTensor> tensors = {{"a", "F32", 2, "12345678"}, {"b", "I64", 1, "12345678"}};
  const std::string good = safetensors_header(tensors, {{"a", "owned"}}) + "1234567812345678";
  const Tensors read = parse_safetensors(good, "file");
  EXPECT_EQ(read.find("b")->bytes, "12345678");
  EXPECT_EQ(read.metadata.at("a"), "owned");
  const auto refusal = [](const std::string& content) -> std::string {
    try {
      parse_safetensors(content, "file");
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal(""), HasSubstr("0 bytes"));
  EXPECT_THAT(refusal(good.substr(0, 7)), HasSubstr("7 bytes"));
  EXPECT_THAT(refusal(std::string(8, '\xff') + "{}"), HasSubstr("at most 2"));
  EXPECT_THAT(refusal(good.substr(0, good.size() - 1)), HasSubstr("entry \"b\""));
  EXPECT_THAT(refusal(good + "x"), HasSubstr("17 follow"));
  const auto edited = [&](const std::string& from, const std::string& by) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), by);
  };
  EXPECT_THAT(refusal(edited("[0,8]", "[1,8]")), HasSubstr("entry \"a\""));
  EXPECT_THAT(refusal(edited("[0,8]", "[0,9]")), HasSubstr("entry \"a\""));
  EXPECT_THAT(refusal(edited("F32", "F99")), HasSubstr("F99"));
  EXPECT_THAT(refusal(edited("[2]", "[3]")), HasSubstr("3 values"));
  EXPECT_THAT(refusal(edited("\"shape\"", "\"shapf\"")), HasSubstr("shape"));
  EXPECT_THAT(refusal(edited("{", "[")), HasSubstr("JSON"));
}

}  // namespace
}  // namespace tandem::laws
