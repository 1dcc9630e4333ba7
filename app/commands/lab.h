// tandem lab: tasks for students. `new` hands one out, `check` grades an answer, `list` says what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct LabOptions {
  std::string task;                  ///< new
  std::optional<std::string> where;  ///< new: the folder to make; check: the folder or file to grade
  std::uint64_t seed = 1;
  std::string json;        ///< check: a file for the score; "-" is standard output
  double processor_s = 5;  ///< check: per process of a trial
  bool is_new = false, is_check = false;
};

void add_lab(CLI::App& app, LabOptions& options);

/// Returns 0 for a complete answer, 3 for one that is not, 2 where there is nothing to grade.
int lab_command(const LabOptions& options);

}  // namespace tandem
