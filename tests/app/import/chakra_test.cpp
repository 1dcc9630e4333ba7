// Execution traces of MLCommons Chakra, in protobuf and in JSON.
#include <fmt/format.h>
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

TEST(Chakra, ADamagedNameIsSaidOnceAndByTheReader) {
  std::string trace = text_of_file(golden("chakra.0.et"));
  trace[trace.find("allreduce fc")] = '\xff';
  testing::internal::CaptureStderr();
  EXPECT_THAT(refusal_of(trace), HasSubstr("is damaged or cut off"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Chakra, WhatAProfileHasNoPlaceForIsRefusedByNode) {
  const std::string json = text_of_file(golden("chakra-workload.json"));
  EXPECT_THAT(refusal_of(replaced(json, "\"comm_type\": 0", "\"comm_type\": 6")),
              HasSubstr("node 3 (allreduce fc) is a collective, ALL_TO_ALL"));
  EXPECT_THAT(refusal_of(replaced(json, "\"NodeType\": 7", "\"NodeType\": 5")),
              HasSubstr("a message between two ranks"));
  EXPECT_THAT(refusal_of(replaced(json, "\"Id\": 2", "\"Id\": 1")), HasSubstr("two nodes have the id 1"));
  EXPECT_THAT(refusal_of(replaced(json, "\"NodeType\": 7", "\"NodeType\": \"7\"")),
              testing::ContainsRegex("input:[0-9]+:[0-9]+: error: node [0-9]+ is not as Chakra's feeder reads it: "
                                     "a number is expected, not a text$"));
  EXPECT_THAT(refusal_of(json.substr(0, json.size() / 2)),
              testing::ContainsRegex("input:[0-9]+:[0-9]+: error: not valid JSON: it ends in the middle of a value$"));
  EXPECT_THAT(refusal_of(replaced(json, "4000", "-4000")), HasSubstr("is no amount"));
  const std::string binary = text_of_file(golden("chakra.0.et"));
  EXPECT_THAT(refusal_of(binary.substr(0, binary.size() - 3), "chakra"), HasSubstr("damaged or cut off"));
}

// One call by its attributes, one as older traces have it: a list of one tensor, and the number of its group.
TEST(PytorchExecution, ItsCollectivesBecomeAProgram) {
  const Imported imported = import_file(golden("pytorch-execution.json"));
  const std::string text = imported.texts.front().text;
  EXPECT_THAT(text, HasSubstr("groups:\n- [0, 1]\n"));
  const std::string reduced = "{do: all-reduce, bytes: 1kB, name: \"allreduce\"}",
                    gathered = "{do: all-gather, bytes: 400B, group: 0, name: \"_allgather_base\"}",
                    scattered = "{do: reduce-scatter, bytes: 20B, name: \"reduce_scatter_tensor_coalesced\"}",
                    last = "{do: barrier, name: \"barrier\"}";
  EXPECT_THAT(text,
              HasSubstr(fmt::format("# rank 1\n- - {}\n  - {}\n  - {}\n  - {}\n", reduced, gathered, scattered, last)));
  EXPECT_THAT(text, HasSubstr(fmt::format("# rank 3\n- - {}\n  - {}\n  - {}\n", reduced, scattered, last)))
      << "not of the pair";
  EXPECT_THAT(imported.notes, testing::ElementsAre(HasSubstr("4 collectives of one rank"), HasSubstr("no times"),
                                                   HasSubstr("1 collectives have no whole number of float32")));
  EXPECT_THAT(imported.texts.at(1).text, HasSubstr("workers: 4"));
}

TEST(PytorchExecution, WhatCannotBePlayedIsRefused) {
  const std::string trace = text_of_file(golden("pytorch-execution.json"));
  EXPECT_THAT(refusal_of(replaced(trace, "\"_allgather_base\"", "\"send\"")),
              HasSubstr("node 6 (send) is no collective: what only two ranks do has two sides"));
  EXPECT_THAT(refusal_of(replaced(trace, "\"pg_name\", \"type\": \"string\", \"value\": \"0\"",
                                  "\"pg_name\", \"type\": \"string\", \"value\": \"9\"")),
              HasSubstr("is of the group \"9\", which was not traced"));
  std::string silent = trace;
  for (std::size_t at; (at = silent.find("record_param_comms")) != silent.npos;) silent.replace(at, 18, "aten::add");
  EXPECT_THAT(refusal_of(silent), HasSubstr("no collective is recorded"));
}

}  // namespace
}  // namespace tandem
