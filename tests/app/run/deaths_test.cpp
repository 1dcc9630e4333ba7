// Ranks that somebody kills, although no scenario says so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

TEST(Deaths, OfAProcessThatABackupStandsInForEndNoRun) {
  const TemporaryFolder folder;
  folder.file("small.yaml", kSmallScenario);
  // 200 steps of at least 10 ms.
  Program program(folder, {"run", "small.yaml", "-w", "tcp", "-s", "strategy={name: backup-workers, backups: 1}", "-s",
                           "cluster={workers: 3, emulate_speed: true, host: {speed: 6kflop/s}}", "-s",
                           "workload.stop.steps=200", "-s", "faults=[{hang: worker 1, at: step 5, lasts: 1ms}]"});
  // The run's own process, three workers and the server.
  std::map<pid_t, pid_t> processes;
  ASSERT_TRUE(becomes_true([&] {
    processes = descendants_of(program.process());
    return processes.size() == 5 && std::filesystem::exists(folder.path() / "results/small");
  }));
  const pid_t run = std::find_if(processes.begin(), processes.end(), [&](const auto& one) {
                      return one.second == program.process();
                    })->first;
  std::vector<pid_t> ranks;
  for (const auto& [process, parent] : processes) {
    if (parent == run) ranks.push_back(process);
  }
  ASSERT_EQ(ranks.size(), 4U);
  // The journal tells that training has come to step 5.
  ASSERT_TRUE(becomes_true([&] { return std::filesystem::exists(folder.path() / "results/small/journal.jsonl"); }));
  kill(ranks[2], SIGKILL);
  const Ended ended = program.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  const Table row = read_table(folder.path() / "results/small/runs.csv");
  EXPECT_EQ(row.at(0).at("steps"), "200");
  EXPECT_EQ(row.at(0).at("failures"), "1");
  EXPECT_EQ(read_table(folder.path() / "results/small/ranks.csv").at(2).at("role"), "died");
}

}  // namespace
}  // namespace tandem
