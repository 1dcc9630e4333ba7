// A sweep in parts, for more machines than one: `tandem run --shard I/N` runs a part, `tandem gather` makes one study
// of all parts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "app/commands/run.h"

namespace tandem {

/// Part `number`, from 1, of `of`.
struct Shard {
  int number = 1, of = 1;
};
inline constexpr int kMostShards = 100'000;
/// "2/8". Throws UsageError.
Shard parse_shard(std::string_view text);

/// Runs the shard's runs that the folder does not have yet. Any number of shards may do so at a time, and shards of
/// other numbers, too: each run is kept once. Returns the exit code, as `tandem run` does.
int run_shard(const RunOptions& options);

struct GatherOptions {
  std::filesystem::path directory;
};

void add_gather(CLI::App& app, GatherOptions& options);

/// Writes the table, figures and page of a sweep from its folder. Returns 0; 1 where runs are missing or have failed;
/// 3 where a check did not hold.
int gather_command(const GatherOptions& options);

}  // namespace tandem
