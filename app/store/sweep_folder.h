// The folder that the shards of a sweep share, on one machine or on several with a common file system. sweep.json lists
// the runs; runs/ holds the folder of each run that has ended, whole or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/store/result.h"
#include "core/process/file_descriptor.h"

namespace tandem {

/// A run of a sweep.
struct SweepRun {
  std::string folder;  ///< its name in runs/; it ends with a part of `key`
  std::string key;     ///< SHA-256 of the resolved scenario and the program's version
  double cost_s = 0;   ///< predicted: what shards are dealt by
};

class SweepFolder {
 public:
  /// Makes the folder and its list where they are missing. `runs` is what this program makes of the scenario; an
  /// earlier list counts, so that all shards deal by the same costs. Removes what dead shards have left half done.
  /// Throws UsageError where the folder holds anything else than this sweep.
  SweepFolder(std::filesystem::path path, const std::vector<SweepRun>& runs);
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;
  ~SweepFolder();

  const std::filesystem::path& path() const { return path_; }
  const std::vector<SweepRun>& runs() const { return runs_; }
  /// Whether this run has ended without a failure, whoever ran it.
  bool has(const SweepRun& run) const;
  /// Where this process runs it: nobody else looks there.
  std::filesystem::path own_folder(const SweepRun& run) const { return own_ / run.folder; }
  /// Moves a run that has ended to runs/. Where another shard was first, that one's stays.
  void keep(const SweepRun& run) const;

 private:
  void read_or_write_list(const std::vector<SweepRun>& runs);
  void remove_dead_shards() const;

  std::filesystem::path path_, own_;
  std::vector<SweepRun> runs_;
  FileDescriptor lock_;  ///< held while this shard lives
};

/// The list of a sweep's runs. Throws UsageError where the folder has none.
std::vector<SweepRun> read_sweep(const std::filesystem::path& path);
/// The folder of a run that has ended.
std::filesystem::path folder_of(const std::filesystem::path& sweep, const SweepRun& run);

}  // namespace tandem
