#include "app/lab/grade.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "app/lab/library.h"
#include "app/store/scratch_folder.h"
#include "core/errors.h"

namespace tandem::lab {
namespace {

namespace fs = std::filesystem;

// The child's last word is one character, then text.
Confined try_out(const fs::path& library, const Task& task, const Trial& trial, const Limits& limits) {
  return run_confined(limits, [&] {
    const Answer answer = load_answer(library);
    if (!task.is_answered(answer)) throw RunFailed("answer() gives no function for this task");
    const Found found = trial(answer);
    return (found.holds ? "+" : "-") + found.text;
  });
}

void try_check(const Check& check, const fs::path& library, const Task& task, const Limits& limits, Grade& grade) {
  Graded graded{.name = check.name, .of = check.points};
  bool holds = true;
  for (const Trial& trial : check.trials) {
    const Confined ended = try_out(library, task, trial, limits);
    grade.network_closed = grade.network_closed && (ended.network_closed || ended.how != Ending::finished);
    holds = ended.how == Ending::finished && ended.result.starts_with('+');
    graded.text = ended.how == Ending::finished ? ended.result.substr(1) : ended.why;
    if (!holds) graded.printed = ended.printed;
    if (!holds) break;
  }
  graded.points = holds ? check.points : 0;
  grade.checks.push_back(graded);
}

std::string indented(const std::string& text) {
  std::string result = "    ";
  for (const char c : text) result += c == '\n' ? std::string("\n    ") : std::string(1, c);
  while (result.ends_with(' ') || result.ends_with('\n')) result.pop_back();
  return result;
}

}  // namespace

int Grade::points() const {
  int sum = 0;
  for (const Graded& check : checks) sum += check.points;
  return sum;
}

int Grade::of() const {
  int sum = 0;
  for (const Graded& check : checks) sum += check.of;
  return sum;
}

std::string Grade::verdict() const {
  if (!build_errors.empty()) return "does not compile";
  if (points() == of()) return "complete";
  const auto failed = std::find_if(checks.begin(), checks.end(), [](const Graded& check) { return check.points == 0; });
  return fmt::format("{}: {}", failed->name, failed->text);
}

Grade grade(const Task& task, const fs::path& source, std::uint64_t seed, const Limits& limits) {
  Grade grade{.task = std::string(task.name), .seed = seed};
  const ScratchFolder folder;
  const fs::path library = folder.path() / "answer.so";
  grade.build_errors = build_library(source, library).value_or("");
  bool go_on = grade.build_errors.empty();
  for (const Check& check : task.checks(seed)) {
    if (!go_on) {
      grade.checks.push_back({.name = check.name, .of = check.points, .text = "not tried"});
      continue;
    }
    try_check(check, library, task, limits, grade);
    if (grade.checks.size() == 1) go_on = grade.checks.front().points > 0;
  }
  return grade;
}

std::string text_of(const Grade& grade) {
  std::string text = fmt::format("{}, seed {}\n", grade.task, grade.seed);
  if (!grade.build_errors.empty()) text += grade.build_errors + "\n";
  std::size_t widest = 0;
  for (const Graded& check : grade.checks) widest = std::max(widest, check.name.size());
  for (const Graded& check : grade.checks) {
    text += fmt::format("  {:>3}/{:<3} {:<{}}  {}\n", check.points, check.of, check.name, widest, check.text);
    if (!check.printed.empty()) text += fmt::format("  it printed:\n{}\n", indented(check.printed));
  }
  text += fmt::format("  {:>3}/{:<3} {}\n", grade.points(), grade.of(), grade.verdict());
  if (!grade.network_closed) text += "note: this system does not let the network be closed off\n";
  return text;
}

nlohmann::ordered_json json_of(const Grade& grade) {
  nlohmann::ordered_json json = {{"lab", grade.task},
                                 {"seed", grade.seed},
                                 {"score", static_cast<double>(grade.points()) / grade.of()},
                                 {"points", grade.points()},
                                 {"of", grade.of()},
                                 {"verdict", grade.verdict()},
                                 {"checks", nlohmann::ordered_json::array()}};
  for (const Graded& check : grade.checks) {
    json["checks"].push_back({{"name", check.name}, {"points", check.points}, {"of", check.of}, {"text", check.text}});
  }
  return json;
}

}  // namespace tandem::lab
