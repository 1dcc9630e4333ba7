// A study as a page shows it: a few things of its scenario that may be changed, within bounds, and answers by formula.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/run/prepare.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// A number that the page changes by a slider.
struct Lever {
  std::string name;
  std::string label;
  std::string unit;  ///< that low, high and value have; empty: a count or a factor
  double low = 0, high = 0, value = 0;
  bool is_whole = false;
  bool is_logarithmic = false;
};

class ServedStudy {
 public:
  /// From the scenario's first point, simulated, with the strategies of its grid and the usual ones. `path` is the
  /// file's name in errors, and data files are looked for in its folder. `over` is the lever that the figure has along
  /// x. Loads the data. Throws UsageError.
  ServedStudy(const std::string& text, const std::string& path, std::string task, std::string over = "workers");

  /// Name, question, task, levers, the figure's lever, strategies and codecs.
  nlohmann::ordered_json description() const;

  /// The scenario in this state: an object with a value for each lever, the index of a strategy, and a codec's name.
  /// What is missing has its value of the scenario; a value out of bounds is a UsageError.
  Scenario scenario_in(const nlohmann::json& state) const;

  /// For each value of the figure's lever: the least time of a step by closed form, and what binds it.
  nlohmann::ordered_json formula(const nlohmann::json& state) const;

  /// 1, 2, 4, ... and the state's own number.
  static std::vector<double> workers_shown(double workers);
  /// Two in each decade from 10 Mbit/s to 1 Tbit/s, in bit/s, and the state's own.
  static std::vector<double> bandwidths_shown(double bandwidth);

 private:
  double value_of(const std::string& lever, const nlohmann::json& state) const;
  nlohmann::ordered_json formula_of(const Scenario& scenario) const;

  Scenario base_;
  std::string task_, over_;
  Prepared prepared_;  ///< owns the data
  const Dataset* data_ = nullptr;
  std::vector<Choice> strategies_;
  std::vector<Lever> levers_;
};

}  // namespace tandem
