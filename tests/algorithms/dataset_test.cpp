#include "algorithms/data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/model/model.h"
#include "tests/algorithms/errors_of.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

DataSpec synthetic(std::size_t rows, std::size_t features, double noise = 0) {
  return {.source = DataSource::synthetic_linear, .rows = rows, .features = features, .noise = noise};
}

double loss_of_known_weights(const Dataset& data, const Rows& rows) {
  const Model model = make_model({.kind = ModelKind::linear}, Loss::mse, &data);
  return evaluate(model, data, rows, data.known_weights.data()).loss;
}

TEST(SyntheticLinear, KnownWeightsExplainItsTargets) {
  const Dataset data = load_dataset(synthetic(501, 7), Loss::mse, 3);
  EXPECT_EQ(data.train.count, 501U);
  EXPECT_EQ(data.classes, 0U);
  ASSERT_EQ(data.known_weights.size(), 8U);
  // Squared float rounding of sums of order 1 to 10.
  EXPECT_LT(loss_of_known_weights(data, data.train), 1e-11);
}

TEST(SyntheticLinear, NoiseHasItsVariance) {
  const Dataset data = load_dataset(synthetic(20000, 3, 0.5), Loss::mse, 3);
  // Five standard errors: 5 sqrt(2 / 20000) = 5 %.
  EXPECT_NEAR(loss_of_known_weights(data, data.train), 0.25, 0.05 * 0.25);
}

TEST(SyntheticLinear, DependsOnTheSeedAndMoreRowsKeepTheFirst) {
  const Dataset few = load_dataset(synthetic(5, 3), Loss::mse, 3), many = load_dataset(synthetic(9, 3), Loss::mse, 3);
  const std::vector<float> first = few.train.features.values(), all = many.train.features.values();
  EXPECT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
  EXPECT_EQ(few.known_weights, many.known_weights);
  EXPECT_NE(load_dataset(synthetic(5, 3), Loss::mse, 4).known_weights, few.known_weights);
}

TEST(SyntheticLinear, KnownWeightsFollowTheScaling) {
  DataSpec spec = synthetic(300, 4);
  spec.standardize = true;
  spec.scale = 0.125;
  spec.validation = 0.1;
  const Dataset data = load_dataset(spec, Loss::mse, 3);
  EXPECT_LT(loss_of_known_weights(data, data.train), 1e-11);
  EXPECT_LT(loss_of_known_weights(data, data.validation), 1e-11);
}

TEST(SyntheticLinear, RefusesWhatCannotBe) {
  const auto error = [](const DataSpec& spec, Loss loss) {
    return usage_error_of([&] { load_dataset(spec, loss, 1); });
  };
  EXPECT_NE(error(synthetic(0, 3), Loss::mse).find("0 rows"), std::string::npos);
  EXPECT_NE(error(synthetic(3, 0), Loss::mse).find("0 features"), std::string::npos);
  EXPECT_NE(error(synthetic(3, 3, -1), Loss::mse).find("noise is -1"), std::string::npos);
  EXPECT_NE(error(synthetic(3, 3), Loss::cross_entropy).find("use loss mse"), std::string::npos);
  EXPECT_NE(error({}, Loss::mse).find("no source"), std::string::npos);
}

class CsvDataset : public testing::Test {
 protected:
  TemporaryFolder directory;
  DataSpec spec_of(const std::string& text) {
    return {.source = DataSource::csv, .path = directory.file("data.csv", text)};
  }
};

constexpr const char* kTenRows = "0,5,0\n1,5,1\n2,5,2\n3,5,0\n4,5,1\n5,5,2\n6,5,0\n7,5,1\n8,5,2\n9,5,0\n";

TEST_F(CsvDataset, ValidationIsTakenFromTheEndAndThenTrainingRowsFromTheFront) {
  DataSpec spec = spec_of(kTenRows);
  spec.validation = 0.3;
  spec.train_rows = 2;
  const Dataset data = load_dataset(spec, Loss::cross_entropy, 1);
  EXPECT_EQ(data.train.features.values(), (std::vector<float>{0, 5, 1, 5}));
  EXPECT_EQ(data.train.targets, (std::vector<float>{0, 1}));
  EXPECT_EQ(data.validation.count, 3U);
  EXPECT_EQ(data.validation.features.values(), (std::vector<float>{7, 5, 8, 5, 9, 5}));
  EXPECT_EQ(data.validation.targets, (std::vector<float>{1, 2, 0}));
  EXPECT_EQ(data.classes, 3U);
}

TEST_F(CsvDataset, StandardizeUsesTheTrainingRowsAlone) {
  DataSpec spec = spec_of(kTenRows);
  spec.validation = 0.5;
  spec.standardize = true;
  spec.scale = 3;
  const Dataset data = load_dataset(spec, Loss::cross_entropy, 1);
  // Training features 0, 3, 6, 9, 12: mean 6, variance 18. The constant column is centred and nothing else.
  for (std::size_t row = 0; row < 5; ++row) {
    EXPECT_FLOAT_EQ(data.train.features.values()[2 * row], (3.0F * static_cast<float>(row) - 6) / std::sqrt(18.0F));
    EXPECT_EQ(data.train.features.values()[2 * row + 1], 0);
    EXPECT_FLOAT_EQ(data.validation.features.values()[2 * row],
                    (3.0F * static_cast<float>(row + 5) - 6) / std::sqrt(18.0F));
    EXPECT_EQ(data.validation.features.values()[2 * row + 1], 0);
  }
}

TEST_F(CsvDataset, AConstantThatNoBinaryFractionIsStaysCentred) {
  std::string text;
  for (int row = 0; row < 997; ++row) text += "0.1," + std::to_string(row) + "\n";
  DataSpec spec = spec_of(text);
  spec.standardize = true;
  spec.scale = 0.3;
  const Dataset data = load_dataset(spec, Loss::mse, 1);
  for (const float feature : data.train.features.values()) EXPECT_EQ(feature, 0);
}

TEST_F(CsvDataset, ScaleAloneMultiplies) {
  DataSpec spec = spec_of("2,1\n-4,1\n");
  spec.scale = 0.5;
  EXPECT_EQ(load_dataset(spec, Loss::mse, 1).train.features.values(), (std::vector<float>{1, -2}));
}

TEST_F(CsvDataset, RefusesSplitsAndScalesThatLeaveNothing) {
  const auto error = [&](auto change) {
    DataSpec spec = spec_of(kTenRows);
    change(spec);
    return usage_error_of([&] { load_dataset(spec, Loss::cross_entropy, 1); });
  };
  EXPECT_NE(error([](DataSpec& spec) { spec.validation = 1; }).find("from 0 to below 1"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.validation = -0.1; }).find("from 0 to below 1"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.validation = 0.99; }).find("all 10 rows"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.train_rows = 0; }).find("is 0, and there are 10 rows"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.train_rows = 11; }).find("train_rows is 11"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.scale = 0; }).find("scale is 0"), std::string::npos);
  EXPECT_NE(error([](DataSpec& spec) { spec.scale = 1e39; }).find("feature 1 of row 0"), std::string::npos);
  EXPECT_EQ(error([](DataSpec& spec) { spec.validation = 0; }), "");
}

TEST(FashionMnistDataset, TheTestSetValidatesUnlessAFractionIsGiven) {
  DataSpec spec{.source = DataSource::fashion_mnist, .train_rows = 100};
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "the data are missing; apt install dataset-fashion-mnist";
  }
  const Dataset with_test = load_dataset(spec, Loss::cross_entropy, 1);
  EXPECT_EQ(with_test.train.count, 100U);
  EXPECT_EQ(with_test.validation.count, 10000U);
  EXPECT_EQ(with_test.classes, 10U);
  spec.validation = 0.1;
  EXPECT_EQ(load_dataset(spec, Loss::cross_entropy, 1).validation.count, 6000U);
}

}  // namespace
}  // namespace tandem
