// The order of a run: what a process that a launcher starts must know and cannot be told on its command line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/world.h"

namespace tandem {

struct RunOrder {
  std::string
      file;  ///< the file of the scenario: its name in errors, and the folder in which data files are looked for
  std::string text;                         ///< the scenario
  std::vector<std::string> overrides = {};  ///< key=value

  // An order of one run of a study.
  std::vector<std::pair<std::string, std::string>> factors = {};
  int repeat = 0;
  std::string resume = {};   ///< the folder that it goes on from; empty: it begins
  std::string attempt = {};  ///< which of several attempts at it; empty: the only one

  // An order for one process of a group.
  int process = 0, processes = 1;
  int missing = 0;  ///< how many more there were before
  std::optional<ProcessPlacement> rendezvous = {};
};

/// One line of JSON, with its line break.
std::string text_of(const RunOrder& order);
/// Throws UsageError naming `source`.
RunOrder parse_run_order(const std::string& text, const std::string& source);

/// The order in a run's folder, which all its processes read.
void write_run_order(const std::filesystem::path& folder, const RunOrder& order);
/// Throws UsageError where it is missing or broken.
RunOrder read_run_order(const std::filesystem::path& folder);

/// Reads an order from standard input, up to the first line break. Throws UsageError.
RunOrder receive_run_order();

}  // namespace tandem
