#include "app/commands/lab.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/command.h"
#include "app/lab/grade.h"
#include "app/lab/handout.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

int list_tasks() {
  for (const lab::Task& task : lab_tasks()) fmt::print("  {:<8}  {}\n", task.name, task.doc);
  return kSuccess;
}

int hand_out(const LabOptions& options) {
  const lab::Task& task = lab::task_called(options.task);
  const std::string folder = options.where.value_or(options.task);
  lab::hand_out(task, folder);
  fmt::print("{0}/{1}.cpp: fill it in; {0}/README.md says what is asked\ntandem lab check {0}\n", folder, task.name);
  return kSuccess;
}

int check(const LabOptions& options) {
  const lab::Submission submission = lab::find_submission(options.where.value_or("."));
  const lab::Limits limits{.processor_s = options.processor_s, .wall_s = 6 * options.processor_s};
  const lab::Grade grade = lab::grade(*submission.task, submission.source, options.seed, limits);
  const std::string json = lab::json_of(grade).dump(2) + "\n";
  if (options.json == "-") {
    fmt::print("{}", json);
  } else {
    fmt::print("{}", lab::text_of(grade));
    if (!options.json.empty()) write_whole_file(options.json, json);
  }
  return grade.points() == grade.of() ? kSuccess : kCheckFailed;
}

}  // namespace

void add_lab(CLI::App& app, LabOptions& options) {
  CLI::App* lab = app.add_subcommand("lab", "Tasks for students: hand out, and grade");
  lab->require_subcommand(1);
  lab->add_subcommand("list", "Say which tasks there are");
  CLI::App* fresh = lab->add_subcommand("new", "Make a folder with a task: one C++ file to fill");
  fresh->add_option("task", options.task, "Which task")->required();
  fresh->add_option("folder", options.where, "The folder to make (default: the task's name)");
  fresh->callback([&options] { options.is_new = true; });
  CLI::App* check = lab->add_subcommand("check", "Build an answer, try it out and grade it");
  check->add_option("folder", options.where, "The folder with the answer, or the file (default: here)");
  check->add_option("--seed", options.seed, "What values and clusters are drawn from")->capture_default_str();
  check->add_option("--json", options.json, "Write the score to this file; - prints it instead of the table");
  check->add_option("--processor-time", options.processor_s, "Seconds of processor time per process of a trial")
      ->capture_default_str()
      ->check(CLI::Range(1, 600));
  check->callback([&options] { options.is_check = true; });
}

int lab_command(const LabOptions& options) {
  if (options.is_new) return hand_out(options);
  if (options.is_check) return check(options);
  return list_tasks();
}

}  // namespace tandem
