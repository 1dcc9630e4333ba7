// What launchers tell their processes, whole, by halves, and contradicting each other.
#include "app/launch/started.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "core/errors.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;

// Without the names of whatever started the test.
class Started : public testing::Test {
 protected:
  Started() {
    for (const char* name :
         {"RANK", "WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "SLURM_PROCID",
          "SLURM_NTASKS", "SLURM_STEP_ID", "MASTER_ADDR", "MASTER_PORT", "TANDEM_TOKEN", "TANDEM_TOKEN_FILE"})
      unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  // "process of processes", "nobody", or the error.
  static std::string started() {
    try {
      const std::optional<StartedAs> started = started_as();
      if (!started) return "nobody";
      return fmt::format("{} of {}{}", started->process, started->processes, started->by_mpi ? " by MPI" : "");
    } catch (const UsageError& error) {
      return error.what();
    }
  }
  static std::string error_of_rendezvous() {
    try {
      rendezvous_from_environment();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Started, ByNobody) { EXPECT_EQ(started(), "nobody"); }

TEST_F(Started, WhatStartsItsOwnRanksIsStartedAlone) {
  EXPECT_NO_THROW(require_alone("compare", /*or_by_mpi=*/true));
  set("RANK", "0"), set("WORLD_SIZE", "1");
  EXPECT_NO_THROW(require_alone("compare", /*or_by_mpi=*/true));
  set("RANK", "1"), set("WORLD_SIZE", "2");
  EXPECT_THROW(require_alone("calibrate", /*or_by_mpi=*/false), UsageError);
  set("PMI_RANK", "1"), set("PMI_SIZE", "2");
  EXPECT_NO_THROW(require_alone("calibrate", /*or_by_mpi=*/false));
  EXPECT_THROW(require_alone("compare", /*or_by_mpi=*/true), UsageError);
}

// Each would time a network of its own, on its own host.
TEST_F(Started, CommandsThatStartTheirOwnRanksRefuseToBeOneOfMany) {
  const TemporaryFolder folder;
  folder.file("any.yaml", "");
  set("RANK", "1"), set("WORLD_SIZE", "2");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"calibrate", "-w", "tcp"},
                                                  {"bench-collectives", "-w", "tcp"},
                                                  {"compare", "any.yaml"}}) {
    const Ended ended = run_program(folder, command);
    EXPECT_EQ(ended.code, 2) << command[0];
    EXPECT_THAT(ended.err,
                HasSubstr(command[0] + " starts its ranks itself, on this host, but this is process 1 of 2"));
  }
}

struct Pair {
  const char *process, *processes, *by;
};
void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.process << '/' << pair.processes; }
class ByEach : public Started, public testing::WithParamInterface<Pair> {};

TEST_P(ByEach, HalfIsAnErrorAndBothAreAPlace) {
  const auto [process, processes, by] = GetParam();
  set("SLURM_STEP_ID", "0");
  set(process, "3");
  EXPECT_EQ(started(),
            fmt::format("{} is set in the environment, but {} is not: a launcher sets both", process, processes));
  set(processes, "7");
  EXPECT_EQ(started(), fmt::format("3 of 7{}", by));
  set(process, "7");
  EXPECT_EQ(started(), fmt::format("{}=7 in the environment: must be a number from 0 to 6", process));
  set(process, "1x");
  EXPECT_EQ(started(), fmt::format("{}=1x in the environment: must be a number from 0 to 6", process));
  unsetenv(process);
  EXPECT_EQ(started(),
            fmt::format("{} is set in the environment, but {} is not: a launcher sets both", processes, process));
}
INSTANTIATE_TEST_SUITE_P(Started, ByEach,
                         testing::Values(Pair{"RANK", "WORLD_SIZE", ""},
                                         Pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", " by MPI"},
                                         Pair{"PMI_RANK", "PMI_SIZE", " by MPI"},
                                         Pair{"SLURM_PROCID", "SLURM_NTASKS", " by MPI"}),
                         [](const auto& each) { return each.param.process; });

TEST_F(Started, InABatchScriptThatSrunDidNotStartIsNobody) {
  set("SLURM_PROCID", "0");
  set("SLURM_NTASKS", "4");
  EXPECT_EQ(started(), "nobody");
}

TEST_F(Started, TwoWhoAgreeAreOneAndTwoWhoDoNotAreAnError) {
  set("RANK", "1");
  set("WORLD_SIZE", "2");
  set("OMPI_COMM_WORLD_RANK", "1");
  set("OMPI_COMM_WORLD_SIZE", "2");
  EXPECT_EQ(started(), "1 of 2 by MPI");
  set("RANK", "0");
  EXPECT_EQ(started(),
            "the environment contradicts itself: RANK=0, WORLD_SIZE=2, but OMPI_COMM_WORLD_RANK=1, "
            "OMPI_COMM_WORLD_SIZE=2");
}

TEST_F(Started, ARendezvousNeedsAHostAPortAndASecret) {
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("MASTER_ADDR is not set"));
  set("MASTER_ADDR", "node1");
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("MASTER_PORT is not set"));
  set("MASTER_PORT", "0");
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("MASTER_PORT=0 in the environment: must be a number from 1 to 65535"));
  set("MASTER_PORT", "29500");
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("TANDEM_TOKEN is not set"));
  set("TANDEM_TOKEN", "too short");
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("has 9 characters"));
  set("TANDEM_TOKEN", "0123456789abcdef");
  EXPECT_EQ(error_of_rendezvous(), "");
}

TEST_F(Started, TheSecretOfAFileIsThatOfTheTextInIt) {
  const TemporaryFolder folder;
  set("MASTER_ADDR", "node1");
  set("MASTER_PORT", "29500");
  set("TANDEM_TOKEN", "0123456789abcdef");
  const auto secret = rendezvous_from_environment().secret;
  set("TANDEM_TOKEN", "0123456789abcdeg");
  EXPECT_NE(rendezvous_from_environment().secret, secret);
  set("TANDEM_TOKEN_FILE", folder.path() / "token");
  EXPECT_THAT(error_of_rendezvous(), HasSubstr("cannot be read"));
  folder.file("token", "0123456789abcdef\n");
  EXPECT_EQ(rendezvous_from_environment().secret, secret);
}

}  // namespace
}  // namespace tandem
