// SimGrid's platform files: hosts in the order of the file, times over its links, and what is said of bad files.
#include "sim/network/platform_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/errors.h"
#include "sim/world.h"
#include "tests/sim/exact.h"
#include "tests/sim/simulate.h"

namespace tandem {
namespace {

const std::string kThreeHosts = TANDEM_SOURCE_DIR "/tests/golden/platforms/three-hosts.xml";
std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A platform file of its own, gone with the test.
class File {
 public:
  explicit File(const std::string& text) {
    const int descriptor = mkstemps(name_.data(), 4);
    EXPECT_GE(descriptor, 0);
    close(descriptor);
    std::ofstream(name_) << text;
  }
  ~File() { std::filesystem::remove(name_); }
  const std::string& path() const { return name_; }

 private:
  std::string name_ = (std::filesystem::temp_directory_path() / "tandem-platform-XXXXXX.xml").string();
};

std::string with(std::string text, const std::string& old_text, const std::string& new_text) {
  return text.replace(text.find(old_text), old_text.size(), new_text);
}

std::vector<double> speeds_in(const std::string& path) {
  std::vector<double> speeds;
  for (const PlatformHost& host : sim::read_platform_file(path)) speeds.push_back(host.speed_flops_per_s);
  return speeds;
}

// What is said of the file, without its name.
std::string mistake_in(const std::string& text) {
  const File file(text);
  try {
    sim::read_platform_file(file.path());
  } catch (const UsageError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with(file.path())) << what;
    return what.substr(file.path().size());
  }
  return "no mistake";
}

TEST(PlatformFile, HostsAreInItsOrder) {
  EXPECT_EQ(speeds_in(kThreeHosts), (std::vector<double>{3e9, 1e9, 2e9}));
  std::string hosts, routes;
  for (int i = 1; i <= 12; ++i) {
    hosts += "<host id='node-" + std::to_string(i) + "' speed='" + std::to_string(i) + "f'/>";
    if (i == 1) continue;
    routes += "<route src='node-1' dst='node-" + std::to_string(i) + "'><link_ctn id='l'/></route>";
  }
  const File file(
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'>"
      "<platform version='4.1'><zone id='world' routing='Floyd'>" +
      hosts + "<link id='l' bandwidth='1MBps' latency='1us'/>" + routes + "</zone></platform>");
  EXPECT_EQ(speeds_in(file.path()), (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(PlatformFile, MistakesAreToldWithTheirPlace) {
  const std::string good = contents(kThreeHosts);
  EXPECT_EQ(mistake_in(with(good, "3Gf", "3Xf")), ":5: error: unknown unit: Xf");
  EXPECT_EQ(mistake_in(with(good, "link_ctn id=\"wide\"", "link_ctn id=\"wider\"")), ": error: Link not found: wider");
  EXPECT_EQ(mistake_in(with(good, "\"fafard\" speed", "\"tremblay\" speed")),
            ": error: Refusing to create a second host named 'tremblay'.");
  EXPECT_NE(mistake_in(with(good, "</zone>", "")).find(":14: error: Invalid XML"), std::string::npos);
  EXPECT_NE(mistake_in("hello").find(":1: error: Invalid XML"), std::string::npos);
  EXPECT_NE(mistake_in("").find(":1: error: Invalid XML"), std::string::npos);
}

TEST(PlatformFile, HostsWithoutARouteAndLinksWithoutBandwidthAreMistakes) {
  const std::string route = "<route src='h' dst='g'><link_ctn id='l'/></route>";
  const std::string file =
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'>"
      "<platform version='4.1'><zone id='world' routing='Full'><host id='h' speed='1Gf'/><host id='g' speed='1Gf'/>"
      "<link id='l' bandwidth='1MBps' latency='1us'/>" +
      route + "</zone></platform>";
  EXPECT_EQ(mistake_in(file), "no mistake");
  EXPECT_EQ(mistake_in(with(file, "1MBps", "0Bps")), ": error: link l has no bandwidth");
  const File without(with(file, route, ""));
  EXPECT_NO_THROW(sim::check_platform_routes(without.path(), 1));
  try {
    sim::check_platform_routes(without.path(), 2);
    FAIL() << "no route";
  } catch (const UsageError& error) {
    EXPECT_EQ(error.what(), without.path() + ": error: host h has no route to any other host of a rank");
  }
}

// A zone of two hosts and one link of 1 Gbit/s and 1 ms.
std::string two_hosts(const std::string& link_attributes = "", const std::string& host_attributes = "",
                      const std::string& before_the_zone = "") {
  return "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'>\n<platform "
         "version='4.1'>" +
         before_the_zone + "\n<zone id='z' routing='Full'>\n<host id='a' speed='1Gf'/>\n<host id='b' speed='1Gf' " +
         host_attributes + "/>\n<link id='l' bandwidth='125MBps' latency='1ms' " + link_attributes +
         "/>\n<route src='a' dst='b'><link_ctn id='l'/></route></zone></platform>";
}

TEST(PlatformFile, DeploymentsAndProfilesOfWordsAreToldInOurWords) {
  EXPECT_EQ(mistake_in(with(two_hosts(), "</platform>", "<process host='a' function='f'/></platform>")),
            ":8: error: it deploys processes; ranks are placed by Tandem, one per host: leave the tag out");
  const File words("# comment\n0 1\n\n5 hello\n"), good("% comment\n0 1\nPERIODICITY 10\n");
  const auto with_profile = [](const File& profile) {
    return two_hosts("", "speed_file='" + std::filesystem::path(profile.path()).filename().string() + "'");
  };
  EXPECT_EQ(mistake_in(with_profile(words)), ":6: error: speed_file: line 4 of " +
                                                 std::filesystem::path(words.path()).filename().string() +
                                                 " is no date and value, such as \"11.0 0.5\"");
  EXPECT_EQ(mistake_in(with_profile(good)), "no mistake");
  EXPECT_EQ(mistake_in(two_hosts("latency_file='lost'")),
            ":7: error: latency_file: there is no file lost beside the platform file");
}

TEST(PlatformFile, WhatIsNotSimulatedIsRefusedWithItsPlace) {
  EXPECT_EQ(mistake_in(two_hosts()), "no mistake");
  EXPECT_EQ(mistake_in(two_hosts("", "", "<config id='General'><prop id='tracing' value='yes'/></config>")),
            ":3: error: it sets SimGrid's option tracing; what is simulated, the keys of the scenario say");
  EXPECT_EQ(mistake_in(two_hosts("sharing_policy='WIFI'")),
            ": error: link l is a Wi-Fi link; only wires are simulated");
  EXPECT_EQ(mistake_in(two_hosts("", "", "<!-- <config id='General'><prop id='tracing' value='yes'/></config> -->")),
            "no mistake");
  const File off("# dates and states\n0.01 0\n0.02 1\n");
  const std::string profile = "state_file='" + std::filesystem::path(off.path()).filename().string() + "'";
  EXPECT_EQ(mistake_in(two_hosts("", profile)),
            ":6: error: host b is turned off at 0.01 s; hosts and links that are turned off are not simulated");
  EXPECT_EQ(mistake_in(two_hosts(profile)),
            ":7: error: link l is turned off at 0.01 s; hosts and links that are turned off are not simulated");
}

// Two messages of 4 MB, one after the other and each when the other rank has the one before.
double there_and_back_s(const std::string& file, const NetworkModel& model = {}) {
  const File platform(file);
  WorldOptions options = small_cluster(2);
  options.cluster.platform = platform.path();
  options.cluster.network.model = model;
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
    const Slice data = phantom(1'000'000);
    if (endpoint.rank() == 0) send(endpoint, 1, 0, data);
    receive(endpoint, 1 - endpoint.rank(), 0, data);
    if (endpoint.rank() == 0) values[0] = endpoint.now();
    if (endpoint.rank() == 1) send(endpoint, 0, 0, data);
  });
  EXPECT_EQ(run.failure, "");
  return run.values[0];
}

TEST(PlatformFile, ALatencyThatChangesHoldsForLaterMessages) {
  EXPECT_NEAR(there_and_back_s(two_hosts()), 2 * (1e-3 + 0.032), 1e-8);
  const File change("0.01 0.1\n");
  const std::string name = std::filesystem::path(change.path()).filename();
  EXPECT_NEAR(there_and_back_s(two_hosts("latency_file='" + name + "'")), 1e-3 + 0.032 + 0.1 + 0.032, 1e-8);
}

TEST(PlatformFile, Lv08HasItsWindow) {
  const std::string fat = with(with(two_hosts("sharing_policy='FATPIPE'"), "125MBps", "10GBps"), "1ms", "10ms");
  const double rate = 0.97 * 4194304 / (2 * 10e-3);
  EXPECT_NEAR(there_and_back_s(fat, {"lv08", 13.01, 0.97, true}), 2 * (0.1301 + 4e6 / rate), 1e-8);
}

TEST(PlatformFile, AHostThatGetsFasterComputesFaster) {
  const File profile("0 2\n");
  const std::string name = std::filesystem::path(profile.path()).filename();
  const File file(two_hosts("", "speed_file='" + name + "'"));
  EXPECT_EQ(sim::read_platform_file(file.path())[1].largest_factor, 2);
  WorldOptions options = small_cluster(2);
  options.cluster.platform = file.path();
  const Simulated run = simulate(options, 2, [](Endpoint& endpoint, std::vector<double>& values) {
    endpoint.compute({.flops = 3e9}, [] {});
    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
  });
  EXPECT_NEAR(run.values[0], 3, 3 * kRelative);
  EXPECT_NEAR(run.values[1], 1.5, 1.5 * kRelative);
}

TEST(PlatformFile, RoutesOfEveryKindOfZoneAreFound) {
  const std::string row =
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'><platform version='4.1'>"
      "<zone id='z' routing='KIND'><host id='a' speed='1Gf'/><host id='b' speed='1Gf'/><router id='r'/>"
      "<link id='l' bandwidth='125MBps' latency='50us'/><link id='m' bandwidth='125MBps' latency='50us'/>"
      "<route src='a' dst='r'><link_ctn id='l'/></route><route src='r' dst='b'><link_ctn id='m'/></route>"
      "</zone></platform>";
  for (const std::string kind : {"Floyd", "Dijkstra", "DijkstraCache"}) {
    EXPECT_NEAR(there_and_back_s(with(row, "KIND", kind)), 2 * (100e-6 + 0.032), 1e-8) << kind;
  }
  const std::string vivaldi =
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'><platform version='4.1'>"
      "<zone id='z' routing='Vivaldi'><peer id='a' coordinates='0 0 0' speed='1Gf' bw_in='125MBps' bw_out='125MBps'/>"
      "<peer id='b' coordinates='3 4 0' speed='1Gf' bw_in='125MBps' bw_out='125MBps'/></zone></platform>";
  EXPECT_NEAR(there_and_back_s(vivaldi), 2 * (5e-3 + 0.032), 1e-8);
}

TEST(PlatformFile, PairsThatNeverTalkNeedNoRoute) {
  const File row(
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'><platform version='4.1'>"
      "<zone id='z' routing='Full'><host id='a' speed='1Gf'/><host id='b' speed='1Gf'/><host id='c' speed='1Gf'/>"
      "<host id='unused' speed='1Gf'/><link id='l' bandwidth='125MBps' latency='50us'/>"
      "<route src='a' dst='b'><link_ctn id='l'/></route><route src='b' dst='c'><link_ctn id='l'/></route>"
      "</zone></platform>");
  EXPECT_NO_THROW(sim::check_platform_routes(row.path(), 3));
  WorldOptions options = small_cluster(3);
  options.cluster.platform = row.path();
  const Simulated run = simulate(options, 1, [](Endpoint& endpoint, std::vector<double>& values) {
    const int rank = endpoint.rank();
    const Slice data = phantom(1'000'000);
    if (rank > 0) receive(endpoint, rank - 1, 0, data);
    if (rank < 2) send(endpoint, rank + 1, 0, data);
    if (rank == 2) values[0] = endpoint.now();
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_NEAR(run.values[0], 2 * (50e-6 + 0.032), 1e-8);
}

WorldOptions on_three_hosts(int ranks) {
  WorldOptions options = small_cluster(ranks);
  options.cluster.platform = kThreeHosts;
  return options;
}

TEST(PlatformFile, ItsHostsComputeAtTheirSpeeds) {
  WorldOptions options = on_three_hosts(3);
  options.cluster.slowdowns = {{.ranks = 2, .factor = 4, .from_s = 1, .until_s = 2}};
  const Simulated run = simulate(options, 3, [](Endpoint& endpoint, std::vector<double>& values) {
    endpoint.compute({.flops = 6e9}, [] {});
    values[static_cast<std::size_t>(endpoint.rank())] = endpoint.now();
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_NEAR(run.values[0], 2, 2 * kRelative);
  EXPECT_NEAR(run.values[1], 6, 6 * kRelative);
  EXPECT_NEAR(run.values[2], 3.75, 4 * kRelative) << "1 s, 1 s at a quarter, 1.75 s";
}

TEST(PlatformFile, MessagesTakeItsRoutes) {
  for (const double factor : {1.0, 2.0}) {
    WorldOptions options = on_three_hosts(3);
    options.cluster.network.model.latency_factor = factor;
    const Simulated run = simulate(options, 3, [](Endpoint& endpoint, std::vector<double>& values) {
      const int rank = endpoint.rank();
      const Slice data = phantom(25'000'000);
      if (rank > 0) receive(endpoint, rank - 1, 0, data);
      values[static_cast<std::size_t>(rank)] = endpoint.now();
      if (rank < 2) send(endpoint, rank + 1, 0, data);
    });
    EXPECT_EQ(run.failure, "");
    const double first_s = 1.5e-3 * factor + 1e8 / 50e6;
    EXPECT_NEAR(run.values[1], first_s, 1e-8);
    EXPECT_NEAR(run.values[2], first_s + 2e-3 * factor + 1e8 / 10e6, 1e-8);
  }
}

TEST(PlatformFile, TwoFlowsOverAFatPipeHaveItsBandwidthEach) {
  const Simulated run = simulate(on_three_hosts(3), 1, [](Endpoint& endpoint, std::vector<double>& values) {
    const Slice data = phantom(2'500'000);
    if (endpoint.rank() == 0) return;
    const int other = 3 - endpoint.rank();  // both ways at once, over one link
    const Op op = endpoint.isend(other, 0, {}, data);
    receive(endpoint, other, 0, data);
    values[0] = endpoint.now();
    endpoint.wait_any({&op, 1}, kNoDeadline);
  });
  EXPECT_EQ(run.failure, "");
  EXPECT_NEAR(run.values[0], 2e-3 + 1, 1e-8);
}

constexpr const char* kChangingLink = R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="z" routing="Full">
    <host id="a" speed="1Gf"/>
    <host id="b" speed="1Gf"/>
    <link id="l" bandwidth="100MBps" latency="1ms" bandwidth_file="PACE"/>
    <route src="a" dst="b"><link_ctn id="l"/></route>
  </zone>
</platform>
)";

// With a deadline the simulation has events of its own to come, without one it has none.
TEST(PlatformFile, ALinkThatChangesDoesSoInTime) {
  const File pace("0.5 25e6\n1.5 100e6\n");
  const File file(with(kChangingLink, "PACE", std::filesystem::path(pace.path()).filename()));
  for (const double deadline_s : {100.0, kNoDeadline}) {
    WorldOptions options = small_cluster(2);
    options.cluster.platform = file.path();
    const Simulated run = simulate(options, 2, [&](Endpoint& endpoint, std::vector<double>& values) {
      const Slice large = phantom(20'000'000), small = phantom(5'000'000);
      if (endpoint.rank() == 0) {
        std::vector<Op> ops{endpoint.isend(1, 0, {}, large)};
        endpoint.sleep_until(0.4995);  // the link changes while the next message waits out its latency
        ops.push_back(endpoint.isend(1, 1, {}, small));
        for (const Op& op : ops) endpoint.wait_any({&op, 1}, deadline_s);
        return;
      }
      const Op ops[] = {endpoint.irecv(0, 0, nullptr, large), endpoint.irecv(0, 1, nullptr, small)};
      for (const std::size_t i : {0, 1}) {
        endpoint.wait_any({&ops[i], 1}, deadline_s);
        values[i] = endpoint.now();
      }
    });
    EXPECT_EQ(run.failure, "");
    // 49.9 MB until 0.5 s, 25 until 1.5 s; the small one follows the large one.
    EXPECT_NEAR(run.values[0], 1.5 + (80 - 49.9 - 25) / 100, 1e-8) << "deadline " << deadline_s;
    EXPECT_NEAR(run.values[1], 1.75 + 1e-3, 1e-8) << "deadline " << deadline_s;
  }
}

TEST(PlatformFile, WithTooFewHostsIsRefused) {
  try {
    kSimWorld.run(on_three_hosts(4), [](Endpoint&) {});
    FAIL() << "four ranks on three hosts";
  } catch (const UsageError& error) {
    EXPECT_EQ(error.what(), kThreeHosts + " has 3 hosts, but there are 4 ranks, of which each needs one");
  }
}

TEST(PlatformFile, AMessageWithoutARouteFailsTheRun) {
  const Simulated run = simulate(on_three_hosts(3), 0, [](Endpoint& endpoint, std::vector<double>&) {
    if (endpoint.rank() == 0) send(endpoint, 2, 0, phantom(1));
  });
  EXPECT_NE(run.failure.find("the platform has no route from host tremblay (rank 0) to host fafard (rank 2)"),
            std::string::npos)
      << run.failure;
}

// The receiver asks for the route first: it fails, and so does the sender.
TEST(PlatformFile, AReceiveWithoutARouteFailsTheRun) {
  const Simulated run = simulate(on_three_hosts(3), 0, [](Endpoint& endpoint, std::vector<double>&) {
    if (endpoint.rank() == 2) receive(endpoint, 0, 0, phantom(1));
    if (endpoint.rank() == 0) {
      endpoint.sleep_until(1);
      const Op op = endpoint.isend(2, 0, {}, phantom(1));
      EXPECT_EQ(endpoint.wait_any({&op, 1}, kNoDeadline).outcome, Outcome::peer_failed);
    }
  });
  EXPECT_NE(run.failure.find("the platform has no route from host tremblay (rank 0) to host fafard (rank 2)"),
            std::string::npos)
      << run.failure;
}

}  // namespace
}  // namespace tandem
