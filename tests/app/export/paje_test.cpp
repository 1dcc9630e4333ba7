// Paje: what is pushed is popped, in the order of time, and every second of every span is there.
#include <gmock/gmock.h>

#include <map>
#include <sstream>
#include <vector>

#include "app/commands/export.h"
#include "core/trace.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

const std::vector<std::vector<Span>>& spans() {
  static const std::vector<std::vector<Span>> kSpans = {
      {{"compute", 0, 0, 1e-3}, {"send to 1", 0, 1e-3, 3e-3}, {"idle", 1, 0, 5e-4}, {"send to 1", 1, 5e-4, 5e-4}},
      // In a trace these last a nanosecond longer than until the next one begins, by rounding.
      {{"idle", 0, 0, 1.0000006e-3},
       {"receive from 0", 0, 1.0000006e-3, 1.0010014e-3},
       {"forward 0", 0, 1.0010014e-3, 3e-3}}};
  return kSpans;
}

std::string exported() {
  const TemporaryFolder folder;
  const std::string trace = folder.file("trace.json", chrome_trace(spans()));
  const std::string output = (folder.path() / "out.paje").string();
  testing::internal::CaptureStdout();
  EXPECT_EQ(export_command({.scenario = {.file = trace}, .format = "paje", .output = output}), 0);
  testing::internal::GetCapturedStdout();
  EXPECT_THROW(export_command({.scenario = {.file = trace}, .format = "paje", .output = output}), UsageError);
  return text_of_file(output);
}

TEST(Paje, HasTheTimeOfEverySpan) {
  std::istringstream lines(exported());
  std::map<std::string, std::vector<std::pair<double, std::string>>> open;
  std::map<std::string, double> seconds;
  double now = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string event, type, container, state;
    double time = 0;
    if (!(words >> event >> time >> type >> container) || (event != "5" && event != "6")) continue;
    EXPECT_GE(time, now) << line;
    now = time;
    if (event == "5") {
      words >> state;
      open[container].emplace_back(time, state);
      continue;
    }
    ASSERT_FALSE(open[container].empty()) << line;
    seconds[container + " " + open[container].back().second] += time - open[container].back().first;
    open[container].pop_back();
  }
  for (const auto& [container, left] : open) EXPECT_TRUE(left.empty()) << container;
  const std::map<std::string, double> expected = {{"r0s0 compute", 1e-3}, {"r0s0 send", 2e-3},
                                                  {"r0s1 idle", 5e-4},    {"r1s0 idle", 1.0000006e-3},
                                                  {"r1s0 receive", 1e-6}, {"r1s0 forward", 1.998999e-3}};
  ASSERT_EQ(seconds.size(), expected.size());
  for (const auto& [key, value] : expected) {
    EXPECT_NEAR(seconds.at(key), value, 2e-9) << key;
  }
}

TEST(Paje, RefusesWhatIsNoTrace) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text) {
    const std::string trace = folder.file("trace.json", text);
    EXPECT_THROW(export_command({.scenario = {.file = trace}, .format = "paje", .output = folder.path() / "out"}),
                 UsageError);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "out"));
  };
  refused("{}");
  refused(R"({"traceEvents": [{"ph": "X", "pid": -1}]})");
  refused(R"({"traceEvents": [{"ph": "X", "pid": 0, "ts": "soon"}]})");
}

}  // namespace
}  // namespace tandem
