// From a student's file to points, a verdict for people, and a score for a gradebook.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/lab/confined.h"
#include "app/lab/task.h"

namespace tandem::lab {

struct Graded {
  std::string name;
  int points = 0, of = 0;
  std::string text;     ///< what was seen, or why it was not tried
  std::string printed;  ///< what the student's code printed in the trial that failed
};

struct Grade {
  std::string task;
  std::uint64_t seed = 0;
  std::string build_errors;  ///< empty: it compiles
  std::vector<Graded> checks;
  bool network_closed = true;

  int points() const;
  int of() const;
  std::string verdict() const;
};

/// Builds `source` in a folder of its own, which is removed, and tries it out.
Grade grade(const Task& task, const std::filesystem::path& source, std::uint64_t seed, const Limits& limits);

std::string text_of(const Grade& grade);
/// No times and no paths: the same code and seed give the same bytes.
nlohmann::ordered_json json_of(const Grade& grade);

}  // namespace tandem::lab
