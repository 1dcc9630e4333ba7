#include "app/lab/handout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/lab/folders.h"
#include "app/lab/library.h"
#include "app/store/whole_file.h"
#include "core/config/nearest.h"
#include "core/config/text_file.h"
#include "core/errors.h"

namespace tandem::lab {
namespace {

namespace fs = std::filesystem;

std::string makefile(const std::string& source) {
  return fmt::format(
      "# `make` shows what the compiler says; `make check` grades. `tandem` is the program's name on this machine.\n"
      "answer.so: {0}\n\t{1}\n\ncheck:\n\ttandem lab check .\n\n.PHONY: check\n",
      source, build_command(source, "answer.so"));
}

}  // namespace

const Task& task_called(const std::string& name) {
  if (const Task* task = lab_tasks().find(name)) return *task;
  throw UsageError(fmt::format("there is no task \"{}\"{}\n  allowed: {}", name,
                               did_you_mean(name, lab_tasks().names()), fmt::join(lab_tasks().names(), ", ")));
}

void hand_out(const Task& task, const fs::path& folder) {
  std::error_code missing;
  if (fs::exists(folder, missing) && !fs::is_empty(folder, missing))
    throw UsageError(fmt::format("{} is there and not empty; name another folder", folder.string()));
  const fs::path from = handouts_folder() / task.name;
  const std::string source = std::string(task.name) + ".cpp";
  const std::string code = read_text_file((from / source).string(), "a handout");
  const std::string text = read_text_file((from / "README.md").string(), "a handout");
  write_whole_file(folder / source, code);
  write_whole_file(folder / "README.md", text);
  write_whole_file(folder / "Makefile", makefile(source));
}

Submission find_submission(const fs::path& path) {
  std::error_code missing;
  if (fs::is_regular_file(path, missing)) return {&task_called(path.stem().string()), path};
  std::vector<Submission> found;
  for (const Task& task : lab_tasks()) {
    const fs::path source = path / (std::string(task.name) + ".cpp");
    if (fs::is_regular_file(source, missing)) found.push_back({&task, source});
  }
  if (found.size() == 1) return found.front();
  throw UsageError(
      fmt::format("{}: {}\n  a task's folder has one of: {}.cpp", path.string(),
                  found.empty() ? "there is no answer here" : "there are several answers here; name the file",
                  fmt::join(lab_tasks().names(), ".cpp, ")));
}

}  // namespace tandem::lab
