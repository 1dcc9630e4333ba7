#include "tests/scenarios/run_scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "algorithms/data/loaders.h"

namespace tandem {

Study run_scenario(const std::string& name, const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  std::vector<std::string> words = {"run", TANDEM_SOURCE_DIR "/scenarios/" + name + ".yaml"};
  for (const std::string& override : overrides) words.insert(words.end(), {"-s", override});
  const Ended ended = run_program(folder, words);
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;

  const std::filesystem::path results = folder.path() / "results" / std::filesystem::path(name).filename();
  Study study{.runs = read_table(results / "runs.csv")};
  for (const Row& row : study.runs) EXPECT_EQ(row.at("failure"), "");
  for (const std::string& run : entries_of(results / "runs"))
    study.steps.push_back(read_table(results / "runs" / run / "steps.csv"));
  EXPECT_EQ(study.steps.size(), study.runs.size());
  return study;
}

double number(const Row& row, const std::string& column) { return std::stod(row.at(column)); }

const Row& only_row(const Table& table, const Row& where) {
  const auto matches = [&](const Row& row) {
    return std::all_of(where.begin(), where.end(),
                       [&](const auto& field) { return row.at(field.first) == field.second; });
  };
  const auto first = std::find_if(table.begin(), table.end(), matches);
  if (first == table.end() || std::find_if(first + 1, table.end(), matches) != table.end()) {
    std::string text;
    for (const auto& [column, value] : where) text += fmt::format(" {}={}", column, value);
    throw std::runtime_error("not exactly one row with" + text);
  }
  return *first;
}

std::string fashion_mnist_is_missing() {
  if (std::filesystem::exists(kFashionMnistDirectory)) return "";
  return fmt::format("there is no {}: apt install dataset-fashion-mnist", kFashionMnistDirectory);
}

}  // namespace tandem
