// The folder that a student gets.
#pragma once

#include <filesystem>
#include <string>

#include "app/lab/task.h"

namespace tandem::lab {

/// Writes TASK.cpp to fill, README.md and a Makefile into a folder that is new or empty. Throws UsageError.
void hand_out(const Task& task, const std::filesystem::path& folder);

/// What is to be graded: a file that is named after its task, or the one such file in a folder. Throws UsageError.
struct Submission {
  const Task* task = nullptr;
  std::filesystem::path source;
};
Submission find_submission(const std::filesystem::path& path);

/// Throws UsageError that names the nearest.
const Task& task_called(const std::string& name);

}  // namespace tandem::lab
