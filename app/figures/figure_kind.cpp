#include "app/figures/figure_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/config/nearest.h"

namespace tandem {

std::string FigureSpec::option(std::string_view key) const {
  for (const auto& [name, value] : options) {
    if (name == key) return value;
  }
  return {};
}

std::optional<double> StudyFacts::target(std::string_view column) const {
  for (const auto& [targeted, value] : targets) {
    if (targeted == column) return value;
  }
  return std::nullopt;
}

std::string StudyFacts::setting_sentence() const {
  return fmt::format("{}: {}{}{}.", name, scaling, cluster.empty() ? "" : "; ", cluster);
}

std::string StudyFacts::not_joined_sentence() const {
  return batches_differ ? "Points are not joined: the batch differs from one to the next." : "";
}

std::vector<FigureMistake> mistakes_of(const FigureSpec& spec, const std::vector<std::string>& columns) {
  std::vector<FigureMistake> mistakes;
  const FigureKind* kind = figure_kinds().find(spec.figure);
  if (kind == nullptr) return mistakes;
  for (const FigureKey& key : kind->keys) {
    const std::string value = spec.option(key.name);
    if (value.empty() || key.is_flag) continue;
    const bool is_choice = !key.choices.empty();
    const std::vector<std::string> known =
        is_choice ? std::vector<std::string>(key.choices.begin(), key.choices.end()) : columns;
    if (std::find(known.begin(), known.end(), value) != known.end()) continue;
    mistakes.push_back(
        {.key = std::string(key.name),
         .text = is_choice ? fmt::format("is \"{}\"; {}: {}", value, spec.figure, key.doc)
                           : fmt::format("names \"{}\", which is no column of runs.csv and no key of the grid", value),
         .nearest = nearest(value, known),
         .allowed = is_choice ? fmt::format("{}", fmt::join(known, ", "))
                              : "a column such as samples_per_s, or a key of sweep.grid"});
  }
  return mistakes;
}

}  // namespace tandem
