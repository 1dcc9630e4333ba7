// A task of the lab: what a student is to write, and what is looked at. A task is one file in tasks/, and a folder in
// handouts/ with what the student gets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/lab/answer.h"
#include "core/registry.h"

namespace tandem::lab {

struct Found {
  bool holds = false;
  std::string text;  ///< for people: what was seen. The same for the same code and seed.
};

/// One thing to try, in a process of its own: a simulation runs once per process. What it throws fails it.
using Trial = std::function<Found(const Answer& answer)>;

/// Points are given for all of its trials or not at all.
struct Check {
  std::string name;
  int points = 0;
  std::vector<Trial> trials;
};

struct Task {
  std::string_view name;
  std::string_view doc;
  /// Whether the file has filled its own member.
  bool (*is_answered)(const Answer& answer) = nullptr;
  /// In order; 100 points in all. Where the first does not hold, the others are not tried.
  std::vector<Check> (*checks)(std::uint64_t seed) = nullptr;
};

}  // namespace tandem::lab

namespace tandem {

Registry<lab::Task>& lab_tasks();

}  // namespace tandem
