// Runs a program to its end and returns its output.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/process/child.h"

namespace tandem {

struct ProgramOptions {
  std::string input = {};             ///< the contents of its standard input
  std::filesystem::path folder = {};  ///< its working directory; empty: the current one
  double timeout_s = 60;              ///< the program is killed after so long
};

struct ProgramResult {
  ProcessEnd end;
  bool ended_in_time = true;
  std::string output, errors;  ///< what it wrote to its standard streams
};

/// Blocks. Throws std::system_error if the program cannot be started.
ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options = {});

}  // namespace tandem
