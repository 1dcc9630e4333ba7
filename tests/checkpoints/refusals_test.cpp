// Checkpoints that a run must not go on from: damaged ones, and those of another run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/run/recovery.h"
#include "app/store/sha256.h"
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

// Numbers that the library would bend into its types: -1 into 2^64 - 1, 1.5 into 1, 2^40 into 0.
TEST_F(Refusals, NumbersOfAManifestThatAreNone) {
  const std::string manifest = content_of(checkpoint_ / "manifest.json");
  const auto edited = [&](const std::string& from, const std::string& by) {
    replace("manifest.json", from, by);
    const std::string refused = refusal();
    std::ofstream(checkpoint_ / "manifest.json", std::ios::binary) << manifest;
    return refused;
  };
  for (const std::string by : {"-1", "1.5", "1e308", "18446744073709551615", "true", "\"6\"", "null", "[]"}) {
    for (const auto& [key, line] : {std::pair{"step", 4}, {"next_step", 5}, {"state_bytes", 10}}) {
      EXPECT_THAT(edited(fmt::format("\"{}\": ", key), fmt::format("\"{}\": {}, \"was\": ", key, by)),
                  HasSubstr(fmt::format("manifest.json:{}:{}: error: {}: a whole number from 0 to 9007199254740992 is "
                                        "expected, found {}",
                                        line, 7 + std::string(key).size(), key, by == "1e308" ? "1e+308" : by)));
    }
  }
  EXPECT_THAT(edited("\"time_s\": ", "\"time_s\": \"x\", \"was\": "),
              HasSubstr(":6:13: error: time_s: a number of seconds"));
  EXPECT_THAT(edited("\"time_s\": ", "\"time_s\": -"), HasSubstr("manifest.json: time_s"));
  EXPECT_THAT(edited("\"workers_changed\": false", "\"workers_changed\": 0"),
              HasSubstr("workers_changed: true or false"));
  for (const std::string by : {"[-1]", "[0]", "[1.5]", "[true]", "[65537]", "[2, \"x\"]", "2", "null"}) {
    EXPECT_THAT(
        edited("\"workers_before\": []", "\"workers_before\": " + by),
        AllOf(HasSubstr("manifest.json:9:"), HasSubstr("error: workers_before"), HasSubstr("is expected, found")))
        << by;
  }
  EXPECT_THAT(edited("\"bytes\": ", "\"bytes\": -"), HasSubstr("error: parts.0.bytes: a whole number"));
  EXPECT_THAT(edited("\"file\": ", "\"file\": 7, \"was\": "),
              HasSubstr("error: parts.0.file: a text is expected, found 7"));
  EXPECT_THAT(edited("\"parts\": [", "\"parts\": [], \"were\": ["),
              HasSubstr("error: parts: a list of parts is expected"));
  EXPECT_THAT(edited("\"step\": 6", "\"step\": 60"), HasSubstr("manifest.json: step: the run has"));
  EXPECT_EQ(edited("\"step\": 6", "\"step\":  6"), "");
}

TEST_F(Refusals, APartThatTheManifestDoesNotName) {
  replace("manifest.json", "\"parts\": [", "\"parts\": [], \"were\": [");
  const std::string whole = content_of(checkpoint_.parent_path() / "step-00000003" / "manifest.json");
  fs::remove(checkpoint_ / "manifest.json");
  checkpoint_ = checkpoint_.parent_path() / "step-00000003";
  ASSERT_EQ(refusal(), "");
  const std::size_t first = whole.find('{', whole.find("\"parts\"")), second = whole.find('{', first + 1);
  std::ofstream(checkpoint_ / "manifest.json", std::ios::binary) << whole.substr(0, first) + whole.substr(second);
  EXPECT_THAT(refusal(), HasSubstr("manifest.json: parts: rank-0000.safetensors is missing"));
}

// Whoever edits a part by hand has its sum, too.
TEST_F(Refusals, PartsThatLackWhatRanksNeed) {
  const std::string name = "rank-0002.safetensors";
  const std::string part = content_of(checkpoint_ / name);
  const auto edited = [&](const std::string& from, const std::string& by) {
    replace(name, from, by);
    const std::string now = content_of(checkpoint_ / name);
    replace("manifest.json", sha256_of(part), sha256_of(now));
    const std::string refused = refusal();
    replace("manifest.json", sha256_of(now), sha256_of(part));
    std::ofstream(checkpoint_ / name, std::ios::binary) << part;
    return refused;
  };
  EXPECT_EQ(edited("\"records\":\"version\"", "\"records\":\"replica\""), "");
  EXPECT_THAT(edited("\"records\":\"version\"", "\"records\":\"versiom\""),
              AllOf(HasSubstr(name), HasSubstr("entry \"records\": its metadata does not say what copy it is")));
  EXPECT_THAT(edited("\"records\":{", "\"recordz\":{"),
              AllOf(HasSubstr(name), HasSubstr("entry \"records\" is missing")));
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
  EXPECT_THAT(refusal(edited("[2]", "[2.5]")), HasSubstr("entry \"a\": shape: a list of whole numbers is expected"));
  EXPECT_THAT(refusal(edited("[0,8]", "[-0,8]")), HasSubstr("data_offsets: a list of whole numbers is expected"));
  EXPECT_THAT(refusal(edited("[2]", std::string(100, '[') + std::string(100, ']'))), HasSubstr("levels of nesting"));
  EXPECT_THAT(refusal(edited("\"shape\"", "\"shapf\"")), HasSubstr("shape"));
  EXPECT_THAT(refusal(edited("{", "[")), HasSubstr("JSON"));
}

}  // namespace
}  // namespace tandem::laws
