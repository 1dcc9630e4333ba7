// Emulated clusters: links that take as long as they should, and what cannot be emulated.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/run/check.h"
#include "core/errors.h"
#include "core/process/program.h"
#include "tests/app/report/drawn_figures.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two steps of a ring of three, 1 MB of gradients, on links of 100 Mbit/s.
constexpr const char* kEmulated = R"(tandem: 1
name: emulated
question: Do the links take as long as they should?
workload:
  model: {name: profile, parameters: 250000, flops_per_sample: 1Mflop}
  batch: {per_worker: 1}
  stop: {steps: 2}
strategy: {name: allreduce, collective: ring}
world: tcp
cluster: {workers: 3, host: {speed: 1Gflop/s}, network: {bandwidth: 100Mbit/s}, emulate: true}
)";

constexpr const char* kWhySkipped = "no shaped links here: they need ip, tc with tbf, and user namespaces";

bool can_emulate() {
  return std::system(
             "unshare --user --map-root-user --net sh -c 'ip link add name one0 type veth peer name two0 && ip link "
             "add "
             "name bridge0 type bridge && tc qdisc add dev one0 root tbf rate 1mbit burst 32768 limit 65536' "
             ">/dev/null 2>&1") == 0;
}

/// The program as an ordinary user starts it: one who is not root, not even in a namespace.
ProgramResult run_as_ordinary_user(const TemporaryFolder& folder, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"unshare", "--user", "--map-user=1000", "--map-group=1000", TANDEM_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_program(words, ProgramOptions{.folder = folder.path()});
}

/// The same where nobody may make user namespaces.
ProgramResult run_without_user_namespaces(const TemporaryFolder& folder, const std::string& arguments) {
  return run_program({"unshare", "--user", "--map-root-user", "sh", "-c",
                      fmt::format("echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all "
                                  "--inh-caps=-all {} {}",
                                  TANDEM_PROGRAM, arguments)},
                     ProgramOptions{.folder = folder.path()});
}

struct Emulation : testing::Test {
  Emulation() { folder.file("emulated.yaml", kEmulated); }
  TemporaryFolder folder;
};

// The least time of `bytes` each way on such a link; a bucket of 4 KiB may pass at once.
double least_s(double bytes) { return (bytes - 4096) * 8 / 100e6; }

// A busy machine makes links slower, never faster.
TEST_F(Emulation, LinksHaveTheScenariosBandwidth) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const Ended ended = run_program(
      folder, {"bench-collectives", "-w", "tcp", "-n", "3", "--min", "1MB", "--max", "1MB", "--time", "1ms", "-c",
               "ring", "-s", "cluster.emulate=true", "-s", "cluster.network.bandwidth=100Mbit/s", "--json"});
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  const auto row = nlohmann::json::parse(ended.out).at(0);
  // Each rank sends and receives 2 (n-1)/n of the vector.
  EXPECT_GE(row.at("min_time_s").get<double>(), least_s(4e6 / 3));
  EXPECT_EQ(row.at("wrong"), 0);
}

TEST_F(Emulation, ARunIsMeasuredOrRefused) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const Ended ended = run_program(folder, {"run", "emulated.yaml", "-o", "out"});
  const Table rows = read_table(folder.path() / "out" / "runs.csv");
  ASSERT_EQ(rows.size(), 1u) << ended.err;
  if (ended.code == 0) {
    EXPECT_GE(std::stod(rows[0].at("step_s")), least_s(4e6 / 3));
    return;
  }
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_THAT(rows[0].at("failure"), HasSubstr("the processors were"));
  EXPECT_EQ(rows[0].at("step_s"), "") << "no measurement of a machine that was too busy";
}

// What a rate of its own makes of a scenario is the scenario's business: the file says what holds at every rate.
TEST_F(Emulation, CalibrationSaysWhichShareOfTheLinksCarriesValues) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const Ended ended =
      run_program(folder, {"calibrate", "-w", "tcp", "-s", "cluster.emulate=true", "-s",
                           "cluster.network.bandwidth=400Mbit/s", "--time", "0.01", "-o", "links.yaml"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const std::string file = content_of(folder.path() / "links.yaml");
  const std::string key = "bandwidth_factor: ";
  ASSERT_THAT(file, HasSubstr(key));
  // Headers take 4 % of full frames; what more is lost is this machine's, when others use it, too.
  const double factor = std::stod(file.substr(file.find(key) + key.size()));
  EXPECT_GT(factor, 0.1);
  EXPECT_LT(factor, 0.97);
  EXPECT_EQ(run_program(folder, {"validate", "emulated.yaml", "-s", "cluster.from=links.yaml"}).code, 0);
}

TEST_F(Emulation, LinksHaveTheScenariosLatency) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const Ended ended =
      run_program(folder, {"bench-collectives", "-w", "tcp", "-n", "3", "--min", "4B", "--max", "4B", "--time", "1ms",
                           "-c", "ring", "-s", "cluster.emulate=true", "-s", "cluster.network.latency=20ms", "--json"});
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  const auto row = nlohmann::json::parse(ended.out).at(0);
  // A ring of three has four rounds, and each waits for a message.
  EXPECT_GE(row.at("min_time_s").get<double>(), 4 * 0.020);
  EXPECT_EQ(row.at("wrong"), 0);
}

TEST_F(Emulation, NeedsNoRoot) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const ProgramResult ended = run_as_ordinary_user(
      folder, {"bench-collectives", "-w", "tcp", "-n", "3", "--min", "1MB", "--max", "1MB", "--time", "1ms", "-c",
               "ring", "-s", "cluster.emulate=true", "-s", "cluster.network.bandwidth=100Mbit/s", "--json"});
  ASSERT_TRUE(ended.end.is_success()) << ended.output << ended.errors;
  EXPECT_GE(nlohmann::json::parse(ended.output).at(0).at("min_time_s").get<double>(), least_s(4e6 / 3));
}

TEST_F(Emulation, WhereUserNamespacesAreForbiddenItSaysHowToAllowThem) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const ProgramResult ended = run_without_user_namespaces(folder, "run emulated.yaml -o out");
  EXPECT_EQ(ended.end.code, 2) << ended.output;
  EXPECT_THAT(ended.errors, HasSubstr("a user namespace cannot be made"));
  EXPECT_THAT(ended.errors, HasSubstr("run as root, or allow user namespaces (as root: sysctl -w "
                                      "user.max_user_namespaces=15000)"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out")) << "nothing is written before it is known";
}

// Threads have no network, and slower hosts all the same; whoever looks at the figure must know.
TEST_F(Emulation, WhereItIsForbiddenAFallbackRunsAndTheFigureSaysSo) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const std::string text = std::string(kEmulated).replace(std::string(kEmulated).find("world: tcp\n"), 11,
                                                          "sweep: {grid: {world: [sim, tcp]}}\nfallback: threads\n"
                                                          "report: [{figure: comparison, x: workers}]\n");
  folder.file("emulated.yaml", text);
  const ProgramResult ended = run_without_user_namespaces(folder, "run emulated.yaml -o out");
  EXPECT_TRUE(ended.end.is_success()) << ended.output << ended.errors;
  const Table rows = read_table(folder.path() / "out" / "runs.csv");
  ASSERT_EQ(rows.size(), 2u) << ended.errors;
  EXPECT_EQ(rows[0].at("world"), "sim");
  EXPECT_EQ(rows[1].at("world"), "threads");
  EXPECT_GE(std::stod(rows[1].at("step_s")), 1e6 / 1e9) << "1 Mflop at 1 Gflop/s";
  const std::string said =
      "threads takes the place of tcp, with this machine's own network: cluster.emulate: a user "
      "namespace cannot be made";
  EXPECT_THAT(ended.output, HasSubstr(said));
  const std::filesystem::path figure = folder.path() / "out" / "figures" / "comparison.gp";
  EXPECT_THAT(caption_of(figure), HasSubstr(said));
  EXPECT_THAT(caption_of(figure), HasSubstr("sysctl -w"));
  std::filesystem::remove(figure);
  ASSERT_TRUE(run_without_user_namespaces(folder, "report out").end.is_success());
  EXPECT_THAT(caption_of(figure), HasSubstr(said)) << "drawn again, it says so still";
  // Where threads are compared in any case, nothing takes the place of tcp.
  const ProgramResult twice = run_without_user_namespaces(
      folder, "run emulated.yaml -o twice -s 'sweep.grid.world=[sim, tcp, threads]' -s cluster.emulate=true");
  EXPECT_THAT(twice.errors + twice.output, Not(HasSubstr("takes the place")));
}

TEST_F(Emulation, OtherWorldsHaveNoEmulatedLinks) {
  const Ended ended = run_program(folder, {"run", "emulated.yaml", "-w", "threads"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("links are emulated in the tcp world only"));
}

TEST_F(Emulation, IsPassedOverInSimulation) {
  const Ended ended = run_program(folder, {"run", "emulated.yaml", "-w", "sim"});
  EXPECT_EQ(ended.code, 0) << ended.err;
}

TEST_F(Emulation, OtherNetworksAreRefused) {
  for (const char* network : {"cluster.ranks_per_node=3", "cluster.network={topology: torus, dimensions: [3]}"}) {
    const Ended ended = run_program(folder, {"run", "emulated.yaml", "-s", network});
    EXPECT_EQ(ended.code, 2) << network;
    EXPECT_THAT(ended.err, HasSubstr("emulated as a star, two-tier or sites, with one rank per host")) << network;
  }
}

// Four hosts in racks of two; all pairs exchange 1 MB halves over the uplinks, which carry a quarter of what hosts do.
TEST_F(Emulation, HostsOfARackShareItsUplink) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const auto least_of = [&](const std::string& uplinks) {
    const Ended ended =
        run_program(folder, {"bench-collectives", "-w", "tcp", "-n", "4", "--min", "1MB", "--max", "1MB", "--time",
                             "1ms", "-c", "direct", "-s", "cluster.emulate=true", "-s",
                             "cluster.network={topology: two-tier, bandwidth: 200Mbit/s, " + uplinks + "}", "--json"});
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    if (ended.code != 0) return 0.0;
    const auto row = nlohmann::json::parse(ended.out).at(0);
    EXPECT_EQ(row.at("wrong"), 0);
    return row.at("min_time_s").get<double>();
  };
  // In each of two rounds every host sends a quarter to each of two hosts of the other rack: 1 MB over each uplink,
  // each way, at 100 Mbit/s.
  const double uplink_s = (2e6 - 2 * 6250) * 8 / 100e6;
  EXPECT_GE(least_of("hosts_per_rack: 2, oversubscription: 4"), uplink_s);
  EXPECT_LT(least_of("hosts_per_rack: 2"), uplink_s) << "nothing is shared";
}

TEST_F(Emulation, AnotherSiteIsFurtherAway) {
  if (!can_emulate()) GTEST_SKIP() << kWhySkipped;
  const Ended ended = run_program(
      folder, {"bench-collectives", "-w", "tcp", "-n", "3", "--min", "4B", "--max", "4B", "--time", "1ms", "-c", "ring",
               "-s", "cluster.emulate=true", "-s",
               "cluster.network={topology: sites, sites: 2, latency: 10ms, wan: {bandwidth: 100Mbit/s, latency: 30ms}}",
               "--json"});
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  const double time_s = nlohmann::json::parse(ended.out).at(0).at("min_time_s").get<double>();
  // Four rounds; from one round to the next a message comes from another site to two of three ranks.
  EXPECT_GE(time_s, 3 * 0.040);
}

TEST(CheckIdle, ABusyMachineIsRefusedWhereItEmulates) {
  Scenario scenario{.world = "tcp"};
  EXPECT_NO_THROW(check_idle(scenario, 0.0));
  scenario.cluster.emulate = true;
  EXPECT_NO_THROW(check_idle(scenario, 0.3));
  EXPECT_NO_THROW(check_idle(scenario, std::nullopt));
  EXPECT_THROW(check_idle(scenario, 0.29), CheckFailed);
  scenario.world = "sim";
  EXPECT_NO_THROW(check_idle(scenario, 0.0));
}

}  // namespace
}  // namespace tandem
