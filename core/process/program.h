// A program that is run to its end, and what it said.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/process/child.h"

namespace tandem {

struct ProgramOptions {
  std::string input = {};             ///< what it reads from its standard input
  std::filesystem::path folder = {};  ///< in which it starts; empty: the current one
  double timeout_s = 60;              ///< after which it is killed
};

struct ProgramResult {
  ProcessEnd end;
  bool ended_in_time = true;
  std::string output, errors;  ///< what it wrote to its standard streams
};

/// Blocks. Throws std::system_error if the program cannot be started.
ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options = {});

}  // namespace tandem
