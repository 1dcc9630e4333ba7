// Traces of PyTorch's profiler. The sample is made up: two equal steps of an embedding, two linear layers and a
// normalisation on one of four ranks, with two buckets.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "app/import/formats/kineto_step.h"
#include "app/scenario/loader.h"
#include "app/scenario/measured_table.h"
#include "tests/app/import/imported.h"

namespace tandem::formats {
namespace {

using testing::HasSubstr;

MeasuredStep step_of(const std::string& path) {
  const InputFile input(path);
  return measured_step(read_kineto(input), input);
}

TEST(Kineto, LayersHaveTheTimeOfTheirKernels) {
  const MeasuredStep step = step_of(golden("kineto-ddp.json"));
  EXPECT_EQ(step.steps, 2U);
  EXPECT_DOUBLE_EQ(step.length_us, 1500);
  ASSERT_EQ(step.layers.size(), 3U);
  EXPECT_EQ(step.layers[0].name, "1_embedding");
  EXPECT_EQ(step.layers[1].name, "2_linear");
  // The normalisation behind the first linear layer belongs to it.
  const std::vector<double> forward = {50, 110, 80}, backward = {100, 220, 160}, parameters = {16000, 1088 + 128, 520};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(step.layers[i].forward_us, forward[i]) << i;
    EXPECT_DOUBLE_EQ(step.layers[i].backward_us, backward[i]) << i;
    EXPECT_DOUBLE_EQ(step.layers[i].parameters, parameters[i]) << i;
  }
  EXPECT_DOUBLE_EQ(step.other_us, 30);
}

// The first all-reduce runs beside 100 us of the backward pass, the second one alone.
TEST(Kineto, CommunicationIsExposedWhereNothingElseRuns) {
  const MeasuredStep step = step_of(golden("kineto-ddp.json"));
  EXPECT_THAT(step.bucket_bytes, testing::ElementsAre(4 * 520, 4 * (1088 + 128 + 16000)));
  EXPECT_DOUBLE_EQ(step.communication_us, 250);
  EXPECT_DOUBLE_EQ(step.exposed_us, 150);
  EXPECT_EQ(step.collectives.at("all_reduce"), 4U);
}

TEST(Kineto, OtherCollectivesAreNamedWhereTheStrategyStands) {
  const std::string trace = text_of_file(golden("kineto-ddp.json"));
  const TemporaryFolder folder;
  const auto scenario = [&](const std::string& text) {
    return import_file(folder.file("trace.json", text)).texts.at(1).text;
  };
  EXPECT_EQ(scenario(trace).find("sends less than was traced"), std::string::npos);
  const std::string exchanged = scenario(replaced(trace, "\"nccl:all_reduce\"", "\"nccl:all_to_all\""));
  EXPECT_THAT(exchanged, HasSubstr("The trace also has all_to_all x 1, which this strategy does not"));
}

// Without shapes, a bucket's values go to the layers whose backward pass ran before it.
TEST(Kineto, BucketsTellParametersWhereShapesDoNot) {
  const TemporaryFolder folder;
  std::string text = text_of_file(golden("kineto-ddp.json"));
  for (std::size_t at = text.find("Input Dims"); at != std::string::npos; at = text.find("Input Dims"))
    text.replace(at, 5, "Other");
  const MeasuredStep step = step_of(folder.file("trace.json", text));
  EXPECT_DOUBLE_EQ(step.layers[2].parameters, 520);
  EXPECT_DOUBLE_EQ(step.layers[0].parameters + step.layers[1].parameters, 1088 + 128 + 16000);
}

TEST(Kineto, WhatIsWrittenRuns) {
  const TemporaryFolder folder;
  const Imported imported = import_file(golden("kineto-ddp.json"));
  ASSERT_EQ(imported.texts.size(), 3U);
  folder.file("imported.yaml", imported.texts[0].text);
  const std::string scenario = folder.file("imported-scenario.yaml", imported.texts[1].text);
  const std::string table = folder.file("imported-measured.csv", imported.texts[2].text);
  const Plan plan = load_plan(scenario);
  EXPECT_EQ(plan.points.front().scenario.cluster.workers, 4);
  const std::vector<MeasuredRow> rows = read_measured_table(table, scenario, {});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_DOUBLE_EQ(rows.front().step_s.value(), 1500e-6);
}

TEST(Kineto, ATraceWithoutCommunicationIsSaidToBeOne) {
  const TemporaryFolder folder;
  std::string text = text_of_file(golden("kineto-ddp.json"));
  for (const char* name : {"ncclDevKernel", "nccl:all_reduce", "record_param_comms"}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, 6, "aten::");
  }
  const Imported imported = import_file(folder.file("trace.json", text));
  EXPECT_THAT(imported.notes, testing::Contains(HasSubstr("no communication events, which is not the same")));
}

TEST(Kineto, RefusesWhatIsNoTraining) {
  const std::string trace = text_of_file(golden("kineto-ddp.json"));
  EXPECT_THAT(refusal_of(trace.substr(0, trace.size() / 2)),
              HasSubstr("error: not valid JSON: it ends in the middle of a value"));
  EXPECT_THAT(refusal_of("{\"schemaVersion\": 1,\n \"traceEvents\": [}"),
              HasSubstr("input:2:18: error: not valid JSON: '}' has no place here"));
  EXPECT_THAT(refusal_of(R"({"schemaVersion": 1, "traceEvents": []})"), HasSubstr("no training step: of 0 events"));
}

// 10^5 events in 25 MB: they are not held as a tree, which would take some twenty times as much.
TEST(Kineto, ALongTraceIsReadAsAStream) {
  const TemporaryFolder folder;
  std::string text = R"({"schemaVersion": 1, "traceEvents": [)";
  const std::string rest(160, 'x');
  for (int i = 0; i < 100'000; ++i) {
    const bool is_backward = i % 1000 >= 500;
    const int sequence = i / 1000 * 1000 + (is_backward ? 999 - i % 1000 : i % 1000);
    text += (i == 0 ? "" : ",\n") + std::string(R"({"ph": "X", "cat": "cpu_op", "name": ")") +
            (is_backward ? "autograd::engine::evaluate_function: AddmmBackward0" : "aten::linear") +
            R"(", "pid": 1, "tid": 1, "ts": )" + std::to_string(10 * i) +
            R"(, "dur": 9, "args": {"Sequence number": )" + std::to_string(sequence) + R"(, "Call stack": ")" + rest +
            "\"}}";
  }
  const std::string path = folder.file("trace.json", text + "]}");
  ASSERT_GT(std::filesystem::file_size(path), 25'000'000U);
  std::string().swap(text);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(step_of(path).layers.size(), 500U);
  getrusage(RUSAGE_SELF, &after);
  constexpr long kMost_kB = 100L << 10;
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, kMost_kB);
}

}  // namespace
}  // namespace tandem::formats
