// What --hosts and a hostfile may hold, and what is said about the rest.
#include <gmock/gmock.h>

#include "app/launch/hostfile.h"
#include "app/launch/hosts.h"
#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::string written(const std::string& text) {
  std::string names;
  for (const Host& host : parse_hosts(text)) names += host.name + " " + std::to_string(host.ranks) + ";";
  return names;
}

std::string mistake(const std::string& text) {
  try {
    return written(text) + " was accepted";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(ParseHosts, NamesWithAndWithoutRanks) {
  EXPECT_EQ(written("node1"), "node1 1;");
  EXPECT_EQ(written("node1:4,10.0.0.2:3,a.b-c_d"), "node1 4;10.0.0.2 3;a.b-c_d 1;");
}

TEST(ParseHosts, ManyAlikeAsSlurmWritesThem) {
  EXPECT_EQ(written("node[01-03,07]:2"), "node01 2;node02 2;node03 2;node07 2;");
  EXPECT_EQ(written("n[9-11]x,other:3"), "n9x 1;n10x 1;n11x 1;other 3;");
  EXPECT_EQ(written("n[5]"), "n5 1;");
}

TEST(ParseHosts, NumbersOfIpv6StandInBrackets) {
  EXPECT_EQ(written("[::1]:2,[fe80::1%eth0]"), "::1 2;fe80::1%eth0 1;");
  EXPECT_THAT(mistake("::1"), HasSubstr("in brackets"));
}

TEST(ParseHosts, WhatIsNoHostIsRefusedWithTheFormThatIsWanted) {
  for (const char* text : {"",        ",",         "node1,",           "node1:",        "node1:0",   "node1:-1",
                           "node1:x", "node1:1.5", "-oProxyCommand=x", "node1 slots=2", "a;b",       "$(x)",
                           "node[",   "node]",     "node[]",           "node[3-1]",     "node[a-b]", "node[1-2",
                           "[::1",    "node1:2:3", "node[1-9999999]"}) {
    EXPECT_THAT(mistake(text), HasSubstr("NAME:RANKS such as node1:4")) << text;
  }
  EXPECT_THAT(mistake("a:2,b,a"), HasSubstr("a is there twice; say a:RANKS"));
  EXPECT_THAT(mistake("n[1-3],n2"), HasSubstr("n2 is there twice"));
}

TEST(Hostfile, WhatOpenMpiReadsIsAccepted) {
  const TemporaryFolder folder;
  for (const char* text : {"# ours\n\nnode1 slots=4\nnode2\n::1 slots=2\nnode3 # a:b\n",
                           "  node1\tslots = 4 max_slots=8", "node1 cpu=2 username=ann\n", "node1 port=22 slots=0\n"}) {
    EXPECT_NO_THROW(check_hostfile(folder.file("good", text))) << text;
  }
}

TEST(Hostfile, ALineThatOpenMpiWouldNotUnderstandIsNamed) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"node1\nnode2:4\n", "bad:2: \"node2:4\" is not how Open MPI states the ranks of a host; write: node2 slots=4"},
      {"node1 slots=four\n", "bad:1: slots must be a whole number, not \"four\""},
      {"node1 slots=-1\n", "bad:1: slots must be a whole number, not \"-1\""},
      {"node1\nnode2 slots=\n", "bad:2: slots must be a whole number, not \"\""},
      {"node1 slot=4\n", "Open MPI knows no \"slot\" of a host; did you mean \"slots\"?"},
      {"node1 sockets=1\n", "allowed: slots, max_slots, username, port"},
      {"node1 node2\n", "bad:1: \"node2\" is no setting of a host"},
      {"node1 4\n", "bad:1: \"4\" is no setting of a host"},
      {"# ours\r\nnode1 slots=4\r\n", "bad:1: the line ends as in Windows, by CR and LF"},
      {"", "bad: names no host; write one per line: node1 slots=4"},
      {"# node1\n \n", "bad: names no host"}};
  for (const auto& [text, words] : mistakes) {
    try {
      check_hostfile(folder.file("bad", text));
      ADD_FAILURE() << "it was accepted: " << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(words));
    }
  }
  EXPECT_THROW(check_hostfile(folder.path() / "missing"), UsageError);
}

std::string left_of(const std::string& hosts, const std::vector<int>& gone) {
  std::string names;
  for (const Host& host : without(parse_hosts(hosts), gone))
    names += host.name + " " + std::to_string(host.ranks) + ";";
  return names;
}

TEST(AfterChanges, HostsComeAndProcessesGo) {
  std::string names;
  for (const Host& host : after_changes(parse_hosts("a:2,b:1"), {{.hosts = "c:2,d"}, {.gone = 3}, {.gone = 2}}))
    names += host.name + " " + std::to_string(host.ranks) + ";";
  EXPECT_EQ(names, "a 2;c 1;d 1;");
  EXPECT_EQ(places_on(after_changes(parse_hosts("a:2"), {{.hosts = "a:3"}})), 5);
}

TEST(Without, TheHostOfTheOneThatIsGoneHasOneLess) {
  EXPECT_EQ(left_of("a:2,b:1,c:3", {}), "a 2;b 1;c 3;");
  EXPECT_EQ(left_of("a:2,b:1,c:3", {1}), "a 1;b 1;c 3;");
  EXPECT_EQ(left_of("a:2,b:1,c:3", {2}), "a 2;c 3;");
  EXPECT_EQ(left_of("a:2,b:1,c:3", {2, 2}), "a 2;c 2;");
  EXPECT_EQ(left_of("a:2,b:1,c:3", {5, 4}), "a 2;b 1;c 1;");
}

// Process 0 is the command itself; and of some it is not known who they were.
TEST(Without, TheFirstStaysAndTheLastGoesInItsPlace) {
  EXPECT_EQ(left_of("a:2,b:2", {0}), "a 2;b 1;");
  EXPECT_EQ(left_of("a:1,b:2", {0, 0}), "a 1;");
  EXPECT_EQ(left_of("a:2,b:2", {-1}), "a 2;b 1;");
  EXPECT_EQ(left_of("a:2,b:2", {7}), "a 2;b 1;");
}

}  // namespace
}  // namespace tandem
