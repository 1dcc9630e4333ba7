#include "app/commands/validate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/commands/study.h"
#include "app/scenario/cautions.h"
#include "app/scenario/loader.h"
#include "core/counted.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string summary(const Plan& plan) {
  const auto skipped = static_cast<std::size_t>(std::count_if(
      plan.points.begin(), plan.points.end(), [](const Point& point) { return point.skipped.has_value(); }));
  const std::size_t runs = (plan.points.size() - skipped) * static_cast<std::size_t>(plan.repeat);
  std::string text = fmt::format("{}: ok: {}", plan.file, counted(runs, "run"));
  if (plan.points.size() > 1)
    text += fmt::format(" ({}, {})", counted(plan.points.size(), "point"), counted(plan.repeat, "repeat"));
  if (skipped > 0) text += fmt::format(", {} skipped", counted(skipped, "point"));
  return text + fmt::format(", {}", counted(plan.figures.size(), "figure"));
}

}  // namespace

void add_validate(CLI::App& app, ValidateOptions& options) {
  CLI::App* validate = app.add_subcommand("validate", "Check scenarios without running them");
  validate->add_option("files", options.files, "Scenarios (YAML)")->required();
  add_overrides(*validate, options.overrides, "Change a key: -s cluster.workers=4 (repeatable)");
}

int validate_command(const ValidateOptions& options) {
  int code = kSuccess;
  for (const std::string& file : options.files) {
    try {
      const Study study = prepare_study(load_plan(file, options.overrides), {});
      fmt::print("{}\n", summary(study.plan));
      for (const std::string& caution : cautions(study.plan)) fmt::print(stderr, "{}: caution: {}\n", file, caution);
    } catch (const UsageError& error) {
      fmt::print(stderr, "{}\n", error.what());
      code = kUsage;
    }
  }
  return code;
}

}  // namespace tandem
