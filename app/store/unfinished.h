// A study's folder while the study is being written: what lets an interrupted one go on, and nobody write to one that
// is under way.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/run/execute.h"

namespace tandem {

/// What two studies must have in common for one to go on with the runs of the other: the program, every run, and the
/// files that data comes from.
std::string study_identity(const std::vector<Run>& runs);

/// Whether `study` is one that was interrupted, of this identity, and that no other process is writing.
bool can_go_on(const std::filesystem::path& study, const std::string& identity);

/// Marks a folder as a study that is not finished, and keeps other programs out of it. What is destroyed without
/// finish(), or dies, leaves the mark behind.
class UnfinishedStudy {
 public:
  UnfinishedStudy(const std::filesystem::path& study, const std::string& identity);
  ~UnfinishedStudy();
  UnfinishedStudy(const UnfinishedStudy&) = delete;
  UnfinishedStudy& operator=(const UnfinishedStudy&) = delete;

  void finish();

 private:
  std::filesystem::path mark_;
  int lock_ = -1;
};

}  // namespace tandem
