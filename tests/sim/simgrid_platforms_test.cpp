// SimGrid's own example platforms: each is refused with a reason, or loaded, and then messages over it take as long as
// SimGrid's own flows do. docs/simgrid-platforms.md is the table that this test holds. The files are not part of this
// repository: the test is built where CMake is told their folder, -D TANDEM_SIMGRID_PLATFORMS=DIR.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "core/errors.h"
#include "sim/network/platform_file.h"
#include "tests/sim/exact.h"
#include "tests/sim/flows.h"

namespace tandem {
namespace {

constexpr std::size_t kMostRanks = 12;

const std::string kFolder = TANDEM_SIMGRID_PLATFORMS;

struct Row {
  std::string file, result;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.file; }

// The rows "| `FILE.xml` | result | reason |" of the document.
std::vector<Row> table() {
  std::ifstream document(TANDEM_SOURCE_DIR "/docs/simgrid-platforms.md");
  std::vector<Row> rows;
  for (std::string line; std::getline(document, line);) {
    if (!line.starts_with("| `")) continue;
    const std::size_t end = line.find('`', 3), result = line.find("| ", end) + 2;
    rows.push_back({line.substr(3, end - 3), line.substr(result, line.find(" |", result) - result)});
  }
  return rows;
}

// Every ordered pair of ranks once, in a random order.
std::vector<Flow> flows_between(int ranks) {
  std::mt19937 random(1);
  std::vector<Flow> flows;
  for (int from = 0; from < ranks; ++from) {
    for (int to = 0; to < ranks; ++to) {
      if (from != to) flows.push_back({from, to, 1 + random() % 4'000'000, 0.25 * static_cast<double>(random() % 4)});
    }
  }
  std::shuffle(flows.begin(), flows.end(), random);
  flows.resize(std::min<std::size_t>(flows.size(), 60));
  return flows;
}

// How far our times are from those of SimGrid's own flows, at most.
std::string difference(WorldOptions options, const std::vector<Flow>& flows) {
  const std::vector<double> ours = play(options, flows);
  options.flows = FlowModel::simgrid;
  const std::vector<double> theirs = play(options, flows);
  double most = 0;
  for (std::size_t i = 0; i < ours.size(); i += 2) most = std::max(most, std::abs(ours[i] / theirs[i] - 1));
  return most <= kRelative ? "" : fmt::format("{:.2g}", most);
}

std::string result_of(const std::string& path) {
  std::size_t hosts = 0;
  try {
    hosts = sim::read_platform_file(path).size();
    sim::check_platform_routes(path, static_cast<int>(std::min(hosts, kMostRanks)));
  } catch (const UsageError& error) {
    const std::string what = error.what();
    return "refused" + what.substr(std::min(what.size(), what.find(path) == 0 ? path.size() : 0));
  }
  if (hosts == 1) return "loaded; one host, so no messages";
  const int ranks = static_cast<int>(std::min(hosts, kMostRanks));
  WorldOptions options = small_cluster(ranks);
  options.cluster.platform = path;
  std::vector<Flow> flows = flows_between(ranks);
  options.cluster.network.model = {"lv08", 13.01, 0.97, true};
  const std::string together = difference(options, flows);
  // Fair sharing is not SimGrid's, but a flow alone takes as long in both.
  for (std::size_t i = 0; i < flows.size(); ++i) flows[i].start_s = 100 * static_cast<double>(i);
  options.cluster.network.model = NetworkModel{};
  const std::string alone = difference(options, flows);
  if (!together.empty() || !alone.empty()) return fmt::format("differs: lv08 {}, neutral {}", together, alone);
  return fmt::format("equal: {} flows between {} of {} hosts", flows.size(), ranks, hosts);
}

class SimgridsPlatforms : public ::testing::TestWithParam<Row> {};

TEST_P(SimgridsPlatforms, AreEqualOrRefusedAsTheTableSays) {
  EXPECT_EQ(result_of(kFolder + "/" + GetParam().file), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Files, SimgridsPlatforms, ::testing::ValuesIn(table()));

TEST(SimgridsPlatformFiles, AreAllInTheTable) {
  const std::vector<Row> rows = table();
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".xml") continue;
    EXPECT_NE(std::ranges::find(rows, entry.path().filename().string(), &Row::file), rows.end())
        << entry.path().filename();
  }
}

}  // namespace
}  // namespace tandem
