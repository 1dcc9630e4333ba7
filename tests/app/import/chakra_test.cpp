// Execution traces of MLCommons Chakra, in protobuf and in JSON.
#include <gmock/gmock.h>

#include "app/commands/export.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

using testing::HasSubstr;

// 950 us: 50 after the last all-reduce, and of the other 900 a third is the forward pass. The backward pass of the last
// layer is what is computed until its all-reduce, 600 us, without those 300.
TEST(Chakra, BothFormsBecomeTheSameProfile) {
  const Imported binary = import_file(golden("chakra.0.et")), json = import_file(golden("chakra-workload.json"));
  const std::string text = binary.texts.front().text;
  EXPECT_THAT(text, HasSubstr("{name: \"allreduce conv\", parameters: 2001, forward_flops: 200016664flop, "
                              "backward_flops: 300000000flop}"));
  EXPECT_THAT(text, HasSubstr("{name: \"allreduce fc\", parameters: 1000, forward_flops: 99983336flop, "
                              "backward_flops: 300000000flop}"));
  EXPECT_LT(text.find("allreduce conv"), text.find("allreduce fc"));
  EXPECT_THAT(text, HasSubstr("after the last all-reduce, 50us, is left out"));
  const auto layers = [](const std::string& all) { return all.substr(all.find("layers:")); };
  EXPECT_EQ(layers(text), layers(json.texts.front().text));
  EXPECT_THAT(binary.notes, testing::ElementsAre(HasSubstr("1 of 5 computations depend on no earlier one")));
}

TEST(Chakra, WhatAProfileHasNoPlaceForIsRefusedByNode) {
  const std::string json = text_of_file(golden("chakra-workload.json"));
  EXPECT_THAT(refusal_of(replaced(json, "\"comm_type\": 0", "\"comm_type\": 6")),
              HasSubstr("node 3 (allreduce fc) is a collective, ALL_TO_ALL"));
  EXPECT_THAT(refusal_of(replaced(json, "\"NodeType\": 7", "\"NodeType\": 5")),
              HasSubstr("a message between two ranks"));
  EXPECT_THAT(refusal_of(replaced(json, "\"Id\": 2", "\"Id\": 1")), HasSubstr("two nodes have the id 1"));
  EXPECT_THAT(refusal_of(replaced(json, "4000", "-4000")), HasSubstr("is no amount"));
  const std::string binary = text_of_file(golden("chakra.0.et"));
  EXPECT_THAT(refusal_of(binary.substr(0, binary.size() - 3), "chakra"), HasSubstr("damaged or cut off"));
}

}  // namespace
}  // namespace tandem
