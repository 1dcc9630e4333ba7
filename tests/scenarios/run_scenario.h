// Runs a shipped scenario by the program, and reads what it wrote.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/app/run/program.h"

namespace tandem {

struct Study {
  Table runs;                ///< runs.csv
  std::vector<Table> steps;  ///< steps.csv of each run, in the order of `runs`
};

/// scenarios/NAME.yaml with these keys changed; NAME may have a folder in it. A program that ends otherwise than well,
/// and a run that failed, fail the test.
Study run_scenario(const std::string& name, const std::vector<std::string>& overrides = {});

using Row = std::map<std::string, std::string>;
double number(const Row& row, const std::string& column);
/// The only row with these values. Throws when there is none or another.
const Row& only_row(const Table& table, const Row& where);

/// Why Fashion-MNIST cannot be used here; empty when it can.
std::string fashion_mnist_is_missing();

/// Skipped, with that reason, where they are missing.
struct OnFashionMnist : testing::Test {
  void SetUp() override {
    if (const std::string reason = fashion_mnist_is_missing(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

}  // namespace tandem
