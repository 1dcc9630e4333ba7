// A kind of figure: one file in this folder, which says what a scenario's `report` may ask of it and turns the runs of
// a study into a chart. Scenarios read the rows for their keys, choices and documentation; reports call `draw`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/figures/chart.h"
#include "app/figures/figure_spec.h"
#include "app/store/result.h"
#include "core/registry.h"

namespace tandem {

/// A key beside `figure`. Without choices and unless it is a flag, its value is a column of runs.csv or a swept key.
struct FigureKey {
  std::string_view name;
  std::string_view doc;
  std::string_view otherwise;  ///< what holds where the key is absent, for people
  std::vector<std::string_view> choices = {};
  bool is_flag = false;
};

/// What a figure may know of a study besides its runs.
struct StudyFacts {
  std::string name, question;
  std::string scaling;   ///< "strong scaling, global batch 64"
  std::string cluster;   ///< "simulated hosts of 10 Gflop/s, star of 1 Gbit/s and 50 us"; empty: nothing simulated
  bool is_weak = false;  ///< weak scaling: ideally a step lasts as long with more workers
  bool batches_differ = false;  ///< by no rule: what a step is differs from point to point
  std::string emulated_in;      ///< the world whose links were shaped to the cluster's; empty: none
  std::string not_as_asked;     ///< skipped points, failed runs, a world that took another's place; empty: none
  std::vector<std::pair<std::string, double>> targets;  ///< column of steps.csv -> what training was to reach
  std::vector<FigureSpec> figures;

  std::optional<double> target(std::string_view column) const;
  /// The first sentence of every caption: name, scaling, cluster.
  std::string setting_sentence() const;
  /// Why points are not joined by lines; empty where they are.
  std::string not_joined_sentence() const;
};

struct FigureKind {
  std::string_view name;
  std::string_view doc;
  std::vector<FigureKey> keys;
  /// The name of its files, before a number that keeps two apart; null: the kind's name.
  std::string (*file_name)(const FigureSpec& spec) = nullptr;
  /// Runs that failed have no place in it. The chart may be `nothing`, with the reason.
  Chart (*draw)(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) = nullptr;
};

/// In the alphabetical order of their files.
Registry<FigureKind>& figure_kinds();

/// What a key takes besides columns of runs.csv and swept keys: nothing is wrong where the text is empty.
struct FigureMistake {
  std::string key, text, nearest, allowed;
};
/// What is wrong with the options of a figure whose kind is known. `columns`: those of runs.csv and the swept keys.
std::vector<FigureMistake> mistakes_of(const FigureSpec& spec, const std::vector<std::string>& columns);

}  // namespace tandem
