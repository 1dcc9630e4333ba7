#include "app/store/columns.h"

#include <gtest/gtest.h>

#include "app/store/csv.h"
#include "tests/app/report/made_up.h"

namespace tandem {
namespace {

TEST(Columns, AreFoundByNameAndByTheirScenarioKey) {
  const RunResult run = made_up_run("allreduce ring", "sim", 3, 100);
  EXPECT_EQ(field_text(run, "workers"), "3");
  EXPECT_EQ(field_text(run, "cluster.workers"), "3");
  EXPECT_EQ(field_text(run, "strategy_label"), "allreduce ring");
  EXPECT_EQ(field_text(run, "no_such_column"), "");
  EXPECT_EQ(field_number(run, "samples_per_s"), 100);
  EXPECT_EQ(field_number(run, "world"), std::nullopt);
}

TEST(Columns, WhatWasNotMeasuredIsEmpty) {
  const RunResult run = made_up_run("allreduce ring", "sim", 3, 100);
  EXPECT_EQ(field_text(run, "validation_accuracy"), "");
  EXPECT_EQ(field_number(run, "validation_accuracy"), std::nullopt);
}

TEST(Columns, AFailedRunHasNoMeasuresButItsIdentity) {
  RunResult run = made_up_run("allreduce ring", "sim", 3, 100);
  run.failure = "rank 1 died";
  EXPECT_EQ(field_text(run, "samples_per_s"), "");
  EXPECT_EQ(field_text(run, "messages_sent"), "");
  EXPECT_EQ(field_text(run, "workers"), "3");
  EXPECT_EQ(field_text(run, "failure"), "rank 1 died");
}

TEST(Columns, GridKeysThatAreColumnsAreNotRepeated) {
  RunResult run = made_up_run("pipeline", "sim", 3, 100);
  run.factors.emplace_back("seed", "42");
  run.factors.emplace_back("cluster.network.bandwidth", "1Gbit/s");
  EXPECT_EQ(factor_keys({run, run}), std::vector<std::string>{"cluster.network.bandwidth"});
  EXPECT_EQ(field_text(run, "cluster.network.bandwidth"), "1Gbit/s");
}

TEST(Columns, NumbersReadBackExactly) {
  EXPECT_EQ(exact_text(0.1), "0.1");
  EXPECT_EQ(std::stod(exact_text(1.0 / 3)), 1.0 / 3);
  EXPECT_EQ(exact_text(kNotMeasured), "");
}

}  // namespace
}  // namespace tandem
