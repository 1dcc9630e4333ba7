#include "algorithms/model/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "tests/algorithms/errors_of.h"
#include "tests/algorithms/small_data.h"

namespace tandem {
namespace {

Model profile_of(const std::vector<double>& costs) {
  ModelSpec spec{.kind = ModelKind::profile};
  for (const double cost : costs) spec.profile.push_back({"layer", 1, cost / 3, cost * 2 / 3, 1});
  return make_model(spec, Loss::cross_entropy, nullptr);
}

double largest_cost(const std::vector<double>& costs, const std::vector<Range>& stages) {
  double largest = 0;
  for (const Range& stage : stages) {
    largest = std::max(largest, std::accumulate(costs.begin() + static_cast<std::ptrdiff_t>(stage.begin),
                                                costs.begin() + static_cast<std::ptrdiff_t>(stage.end), 0.0));
  }
  return largest;
}

/// The smallest largest cost over all ways of cutting, tried one after the other.
double best_by_trial(const std::vector<double>& costs, std::size_t begin, int stages) {
  if (stages == 1) return std::accumulate(costs.begin() + static_cast<std::ptrdiff_t>(begin), costs.end(), 0.0);
  double best = INFINITY, front = 0;
  for (std::size_t cut = begin + 1; cut + static_cast<std::size_t>(stages) - 1 <= costs.size(); ++cut) {
    front += costs[cut - 1];
    best = std::min(best, std::max(front, best_by_trial(costs, cut, stages - 1)));
  }
  return best;
}

TEST(MakeModel, MlpLayersFollowPytorchsOrder) {
  const Dataset data = small_data(4, 5, 3);
  const Model model = make_model({.kind = ModelKind::mlp, .hidden = {7, 2}}, Loss::cross_entropy, &data);
  ASSERT_EQ(model.layers.size(), 3U);
  const std::vector<std::array<std::size_t, 4>> expected = {{0, 42, 5, 7}, {42, 16, 7, 2}, {58, 9, 2, 3}};
  for (std::size_t i = 0; i < 3; ++i) {
    const Layer& layer = model.layers[i];
    EXPECT_EQ((std::array{layer.offset, layer.parameters, layer.inputs, layer.outputs}), expected[i]);
    EXPECT_EQ(layer.activated, i < 2);
  }
  EXPECT_EQ(model.parameters, 67U);
  EXPECT_EQ(model.layers[0].forward_flops_per_sample, 70);
  EXPECT_EQ(model.layers[0].backward_flops_per_sample, 70);
  EXPECT_EQ(model.layers[1].backward_flops_per_sample, 56);
  EXPECT_EQ(model.parameter_range({1, 3}).begin, 42U);
  EXPECT_EQ(model.parameter_range({1, 3}).end, 67U);
  EXPECT_EQ(model.parameter_range({3, 3}).size(), 0U);
}

TEST(MakeModel, LinearHasOneOutputAndSoftmaxOneAClass) {
  const Dataset values = small_data(4, 5, 0), classes = small_data(4, 5, 3);
  EXPECT_EQ(make_model({.kind = ModelKind::linear}, Loss::mse, &values).parameters, 6U);
  EXPECT_EQ(make_model({.kind = ModelKind::softmax}, Loss::cross_entropy, &classes).parameters, 18U);
  EXPECT_EQ(make_model({.kind = ModelKind::mlp, .hidden = {2}}, Loss::mse, &values).layers.back().outputs, 1U);
}

TEST(MakeModel, ProfileLayersTakeTheirInputsFromTheLayerBefore) {
  const Model model =
      make_model({.kind = ModelKind::profile, .profile = {{"a", 10, 1, 2, {}, 30}, {"b", 20, 3, 4, {}, 50}}},
                 Loss::cross_entropy, nullptr);
  EXPECT_EQ(model.layers[1].offset, 10U);
  EXPECT_EQ(model.layers[1].inputs, 30U);
  EXPECT_EQ(model.layers[1].outputs, 50U);
  EXPECT_EQ(model.parameters, 30U);
  EXPECT_EQ(model.flops_per_sample(), 10);
  EXPECT_FALSE(model.is_numeric());
}

TEST(MakeModel, SaysWhatDoesNotFit) {
  const Dataset values = small_data(4, 5, 0), classes = small_data(4, 5, 3), one_class = small_data(4, 5, 1);
  const auto error = [](const ModelSpec& spec, Loss loss, const Dataset* data) {
    return usage_error_of([&] { make_model(spec, loss, data); });
  };
  EXPECT_NE(error({.kind = ModelKind::linear}, Loss::cross_entropy, &classes).find("use mse"), std::string::npos);
  EXPECT_NE(error({.kind = ModelKind::softmax}, Loss::mse, &values).find("use cross-entropy"), std::string::npos);
  EXPECT_NE(error({.kind = ModelKind::softmax}, Loss::cross_entropy, &one_class)
                .find("1 class, and cross-entropy needs at least 2"),
            std::string::npos);
  EXPECT_NE(error({.kind = ModelKind::mlp, .hidden = {3, 0}}, Loss::cross_entropy, &classes).find("width 0"),
            std::string::npos);
  EXPECT_NE(error({.kind = ModelKind::mlp}, Loss::cross_entropy, nullptr).find("needs data"), std::string::npos);
  EXPECT_NE(error({.kind = ModelKind::profile}, Loss::cross_entropy, nullptr).find("no layers"), std::string::npos);
}

std::vector<float> initial(Initialisation kind, std::uint64_t seed) {
  const Dataset data = small_data(2, 300, 4);
  const Model model =
      make_model({.kind = ModelKind::mlp, .hidden = {200}, .initialisation = kind}, Loss::cross_entropy, &data);
  return initial_parameters(model, seed);
}

TEST(Initialise, HeHasVarianceTwoOverInputs) {
  const std::vector<float> values = initial(Initialisation::he, 1);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 60000; ++i) sum += values[i], squares += values[i] * static_cast<double>(values[i]);
  // 60,000 draws: five standard errors are 2 % of the deviation for the mean, 2.9 % for the variance.
  EXPECT_NEAR(sum / 60000, 0, 0.0205 * std::sqrt(2.0 / 300));
  EXPECT_NEAR(squares / 60000, 2.0 / 300, 0.029 * 2.0 / 300);
  EXPECT_TRUE(std::all_of(values.begin() + 60000, values.begin() + 60200, [](float bias) { return bias == 0; }));
}

TEST(Initialise, GlorotFillsItsInterval) {
  std::vector<float> values = initial(Initialisation::glorot, 1);
  values.resize(60000);  // the first layer's weights
  const double limit = std::sqrt(6.0 / 500);
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*smallest, -limit);
  EXPECT_LE(*largest, limit);
  EXPECT_LT(*smallest, -0.99 * limit);
  EXPECT_GT(*largest, 0.99 * limit);
}

TEST(Initialise, DependsOnTheSeedAlone) {
  EXPECT_EQ(initial(Initialisation::he, 1), initial(Initialisation::he, 1));
  EXPECT_NE(initial(Initialisation::he, 1), initial(Initialisation::he, 2));
  EXPECT_EQ(initial(Initialisation::zeros, 1), std::vector<float>()) << "all are 0";
}

TEST(StagesByCost, AreAsBalancedAsAnyCut) {
  std::mt19937 random(5);
  for (std::size_t layers = 1; layers <= 9; ++layers) {
    for (int stages = 1; stages <= static_cast<int>(layers); ++stages) {
      std::vector<double> costs(layers);
      for (double& cost : costs) cost = 3.0 * (random() % 20);
      const std::vector<Range> cut = stages_by_cost(profile_of(costs), stages);
      ASSERT_EQ(cut.size(), static_cast<std::size_t>(stages));
      std::size_t next = 0;
      for (const Range& stage : cut) {
        EXPECT_EQ(stage.begin, next);
        EXPECT_GT(stage.size(), 0U);
        next = stage.end;
      }
      EXPECT_EQ(next, layers);
      EXPECT_DOUBLE_EQ(largest_cost(costs, cut), best_by_trial(costs, 0, stages));
    }
  }
}

TEST(StagesByCost, TiesGoToTheEarlierCut) {
  const std::vector<Range> cut = stages_by_cost(profile_of({3, 0, 3}), 2);
  EXPECT_EQ(cut[0].end, 1U);
}

TEST(Evaluate, CountsTheLargestScoreAsTheAnswer) {
  // Scores are the two features themselves.
  const Dataset data{.width = 2,
                     .classes = 2,
                     .train = {.count = 3, .features = std::vector<float>{2, 0, 0, 2, 2, 0}, .targets = {0, 1, 1}}};
  const Model model = make_model({.kind = ModelKind::softmax}, Loss::cross_entropy, &data);
  const std::vector<float> parameters = {1, 0, 0, 1, 0, 0};
  const Evaluation evaluation = evaluate(model, data, data.train, parameters.data());
  EXPECT_DOUBLE_EQ(evaluation.accuracy, 2.0 / 3);
  EXPECT_NEAR(evaluation.loss, (2 * std::log1p(std::exp(-2.0)) + std::log1p(std::exp(2.0))) / 3, 1e-12);
}

TEST(Evaluate, IsTheMeanOfSquaredErrorsForRegressionInAnyNumberOfRows) {
  for (const std::size_t rows : {1U, 255U, 256U, 257U, 1031U}) {
    const Dataset data = small_data(rows, 3, 0);
    const Model model = make_model({.kind = ModelKind::linear}, Loss::mse, &data);
    const std::vector<float> parameters = {0, 0, 0, 0.5F};
    double expected = 0;
    for (const float target : data.train.targets) expected += std::pow(0.5 - target, 2) / static_cast<double>(rows);
    const Evaluation evaluation = evaluate(model, data, data.train, parameters.data());
    EXPECT_NEAR(evaluation.loss, expected, 1e-12 * static_cast<double>(rows));
    EXPECT_TRUE(std::isnan(evaluation.accuracy));
  }
}

TEST(Evaluate, OfNoRowsIsNotANumber) {
  const Dataset data = small_data(2, 3, 2);
  const Model model = make_model({.kind = ModelKind::softmax}, Loss::cross_entropy, &data);
  const std::vector<float> parameters(model.parameters);
  EXPECT_TRUE(std::isnan(evaluate(model, data, data.validation, parameters.data()).loss));
}

}  // namespace
}  // namespace tandem
