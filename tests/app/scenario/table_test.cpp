// The table of keys, and what is made from it: the reference page, the schema, the columns and the nearest names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/reference.h"
#include "app/scenario/scenario_fields.h"
#include "core/config/nearest.h"

namespace tandem {
namespace {

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  const std::vector<std::string> names = {"world", "workers", "workload"};
  EXPECT_EQ(nearest("wrold", names), "world");
  EXPECT_EQ(nearest("Workers", names), "workers");
  EXPECT_EQ(nearest("worker", names), "workers");
  EXPECT_EQ(nearest("colour", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("x", {"y"}), "") << "one letter replaced is another word";
  EXPECT_EQ(nearest("ps_sync", {"ps-async", "ps-sync"}), "ps-sync");
}

TEST(Table, SaysSomethingAboutEveryKey) {
  const std::string page = keys_reference();
  for (const std::string& path : all_paths(scenario_fields().info())) {
    EXPECT_FALSE(find_key(scenario_fields().info(), path)->doc.empty()) << path;
    EXPECT_NE(page.find("| `" + path + "` |"), std::string::npos) << path;
  }
  EXPECT_NE(page.find("| `cluster.workers` | a whole number from 1 to 65536 | 1 |"), std::string::npos);
  EXPECT_NE(page.find("| `cluster.network.latency` | a time with its unit, from 0 to 3600s | 50us |"),
            std::string::npos);
}

TEST(Table, OfAProfileNamesLayersAndGroups) {
  const std::string page = profile_keys_reference();
  EXPECT_NE(page.find("| `source` | text | required |"), std::string::npos) << page;
  EXPECT_NE(page.find("| `layers` | a list of mappings | required |"), std::string::npos) << page;
  EXPECT_NE(page.find("| `layers[].forward_flops` |"), std::string::npos) << page;
  EXPECT_NE(page.find("| `layers[].repeat` | a whole number from 1 to 10000 | required |"), std::string::npos) << page;
  EXPECT_NE(page.find("| `layers[].layers[].activations_per_token` |"), std::string::npos) << page;
}

TEST(Table, VariantsNameOnlyKeysThatExist) {
  for (const char* path :
       {"strategy", "workload.model", "workload.data", "workload.optimizer", "workload.optimizer.schedule"}) {
    const KeyInfo* key = find_key(scenario_fields().info(), path);
    ASSERT_NE(key, nullptr) << path;
    ASSERT_FALSE(key->type.variants.empty()) << path;
    for (const Variant& variant : key->type.variants) {
      for (const std::string& name : variant.keys) EXPECT_NE(find_key(key->type, name), nullptr) << path << " " << name;
    }
  }
}

TEST(Schema, FollowsTheTable) {
  const auto schema = scenario_schema();
  EXPECT_EQ(schema["required"], (nlohmann::ordered_json{"tandem", "name", "question", "workload"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  const auto& cluster = schema["properties"]["cluster"]["properties"];
  EXPECT_EQ(cluster["workers"]["type"], "integer");
  EXPECT_EQ(cluster["workers"]["maximum"], 65536);
  EXPECT_EQ(cluster["network"]["properties"]["bandwidth"]["type"], "string");
  EXPECT_EQ(schema["properties"]["world"]["enum"], (nlohmann::ordered_json{"threads", "tcp", "mpi", "sim"}));
  const auto& strategy = schema["properties"]["strategy"]["anyOf"];
  EXPECT_THAT(strategy[0]["enum"].get<std::vector<std::string>>(), testing::Contains("single"));
  for (const auto& variant : strategy[1]["oneOf"]) {
    if (variant["properties"]["name"]["const"] == "single") {
      EXPECT_EQ(variant["properties"]["servers"], false);
    }
    if (variant["properties"]["name"]["const"] == "ps-sync") {
      EXPECT_FALSE(variant["properties"].contains("servers"));
    }
  }
}

TEST(Schema, TakesANamedProfileOrAFile) {
  const auto schema = scenario_schema();
  const auto& profile = schema["properties"]["workload"]["properties"]["model"]["properties"]["profile"]["anyOf"];
  EXPECT_EQ(profile[0]["enum"][0], "resnet50");
  EXPECT_EQ(profile[1]["pattern"], "\\.ya?ml$");
}

TEST(Schema, OfAProfileTakesALayerOrAGroup) {
  const auto schema = profile_schema();
  EXPECT_EQ(schema["required"], (nlohmann::ordered_json{"name", "source", "layers"}));
  const auto& items = schema["properties"]["layers"]["items"]["anyOf"];
  EXPECT_EQ(items[0]["required"], (nlohmann::ordered_json{"name", "parameters"}));
  EXPECT_EQ(items[1]["required"], (nlohmann::ordered_json{"repeat", "layers"}));
}

}  // namespace
}  // namespace tandem
