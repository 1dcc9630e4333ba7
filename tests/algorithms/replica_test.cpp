#include "algorithms/model/replica.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/algorithms/local_endpoint.h"
#include "tests/algorithms/small_data.h"

namespace tandem {
namespace {

std::vector<std::uint32_t> first_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

/// Mean loss over the first rows, in double and by the textbook: what float kernels are held to.
double reference_loss(const Model& model, const Dataset& data, const std::vector<double>& parameters,
                      std::size_t rows) {
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<float> room;
    const float* features = data.train.features.rows(r, 1, data.width, room);
    std::vector<double> values(features, features + data.width);
    for (const Layer& layer : model.layers) {
      std::vector<double> outputs(layer.outputs);
      for (std::size_t o = 0; o < layer.outputs; ++o) {
        outputs[o] = parameters[layer.offset + layer.outputs * layer.inputs + o];
        for (std::size_t i = 0; i < layer.inputs; ++i) {
          outputs[o] += parameters[layer.offset + o * layer.inputs + i] * values[i];
        }
        if (!layer.activated) continue;
        outputs[o] = model.activation == Activation::relu ? std::max(outputs[o], 0.0) : std::tanh(outputs[o]);
      }
      values = outputs;
    }
    if (model.loss == Loss::mse) {
      sum += std::pow(values[0] - data.train.targets[r], 2);
      continue;
    }
    double partition = 0;
    for (const double score : values) partition += std::exp(score);
    sum += std::log(partition) - values[static_cast<std::size_t>(data.train.targets[r])];
  }
  return sum / static_cast<double>(rows);
}

struct GradientCase {
  const char* name;
  ModelKind kind;
  std::vector<std::size_t> hidden;
  Activation activation;
  Loss loss;
  std::size_t width, classes, rows;
};

void PrintTo(const GradientCase& gradient, std::ostream* out) { *out << gradient.name; }

class Gradient : public testing::TestWithParam<GradientCase> {};

TEST_P(Gradient, EqualsFiniteDifferencesOfTheTextbookLoss) {
  const GradientCase& c = GetParam();
  const Dataset data = small_data(c.rows, c.width, c.classes);
  const Job job = make_job(small_workload(c.kind, c.hidden, c.activation, c.loss, c.rows), {}, 1, 3, &data);
  LocalEndpoint endpoint;
  Comm comm(endpoint, {});
  Replica replica(comm, job, {0, job.model.layers.size()});
  // Biases start at 0; other values show a bias that is forgotten.
  for (std::size_t i = 0; i < replica.parameters().count; ++i) {
    replica.parameters().f32()[i] += 0.05F * static_cast<float>(i % 7) - 0.1F;
  }
  Pass pass = replica.make_pass(c.rows);
  replica.load(pass, first_rows(c.rows));
  replica.begin_step();
  replica.forward(comm, pass);
  const double loss = replica.loss(comm, pass);
  replica.backward(comm, pass);

  std::vector<double> parameters(replica.parameters().f32(), replica.parameters().f32() + replica.parameters().count);
  // Float rounding: 2^-24 relative an operation, some tens of operations, values of order 1.
  constexpr double kTolerance = 5e-6;
  EXPECT_NEAR(loss, reference_loss(job.model, data, parameters, c.rows), kTolerance * (1 + std::abs(loss)));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    constexpr double kStep = 1e-5;
    const double at = parameters[i];
    parameters[i] = at + kStep;
    const double above = reference_loss(job.model, data, parameters, c.rows);
    parameters[i] = at - kStep;
    const double below = reference_loss(job.model, data, parameters, c.rows);
    parameters[i] = at;
    const double expected = (above - below) / (2 * kStep);
    EXPECT_NEAR(replica.gradients().f32()[i], expected, kTolerance * (1 + std::abs(expected))) << "parameter " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Gradient,
    testing::Values(
        GradientCase{"linear", ModelKind::linear, {}, Activation::relu, Loss::mse, 5, 0, 7},
        GradientCase{"linear_one_feature_one_row", ModelKind::linear, {}, Activation::relu, Loss::mse, 1, 0, 1},
        GradientCase{"softmax", ModelKind::softmax, {}, Activation::relu, Loss::cross_entropy, 6, 5, 11},
        GradientCase{"softmax_two_classes", ModelKind::softmax, {}, Activation::relu, Loss::cross_entropy, 1, 2, 3},
        GradientCase{"mlp_relu", ModelKind::mlp, {7, 3}, Activation::relu, Loss::cross_entropy, 5, 4, 13},
        GradientCase{"mlp_tanh", ModelKind::mlp, {7, 3}, Activation::tanh, Loss::cross_entropy, 5, 4, 13},
        GradientCase{"mlp_tanh_wide", ModelKind::mlp, {37}, Activation::tanh, Loss::cross_entropy, 19, 10, 32},
        GradientCase{"mlp_relu_mse", ModelKind::mlp, {9}, Activation::relu, Loss::mse, 4, 0, 8},
        GradientCase{"mlp_without_hidden", ModelKind::mlp, {}, Activation::relu, Loss::cross_entropy, 3, 3, 5}),
    [](const auto& instance) { return instance.param.name; });

class MlpReplica : public testing::Test {
 protected:
  static constexpr std::size_t kRows = 11;
  Dataset data = small_data(kRows, 5, 4);
  WorkloadSpec workload = small_workload(ModelKind::mlp, {7, 3}, Activation::relu, Loss::cross_entropy, kRows);
  Job job = make_job(workload, {}, 1, 3, &data);
  LocalEndpoint endpoint;
  Comm comm{endpoint, {}};
  Replica whole{comm, job, {0, 3}};

  double pass_through(Replica& replica, std::span<const std::uint32_t> rows) {
    Pass pass = replica.make_pass(kRows);
    replica.load(pass, rows);
    replica.forward(comm, pass);
    const double loss = replica.loss(comm, pass);
    replica.backward(comm, pass);
    return loss;
  }
  static std::vector<float> values(Slice slice) { return {slice.f32(), slice.f32() + slice.count}; }
};

TEST_F(MlpReplica, ABackwardPassInTwoPartsHasTheBitsAndTheFlopsOfOne) {
  // Two micro-batches, and the weights' gradients only after both inputs': what they need must still be there.
  Replica split(comm, job, {1, 3}), joint(comm, job, {1, 3});
  const std::vector<std::uint32_t> rows = first_rows(kRows);
  const std::span<const std::uint32_t> parts[] = {std::span(rows).first(4), std::span(rows).subspan(4)};
  joint.begin_step(), split.begin_step();
  std::vector<Pass> of_joint, of_split;
  for (const auto& part : parts) {
    for (auto [replica, passes] : {std::pair{&joint, &of_joint}, {&split, &of_split}}) {
      Pass& pass = passes->emplace_back(replica->make_pass(kRows));
      replica->load(pass, part);
      for (std::size_t i = 0; i < pass.input().count; ++i) pass.input().f32()[i] = 0.1F * static_cast<float>(i % 11);
      replica->forward(comm, pass);
      replica->loss(comm, pass);
    }
  }
  endpoint.flops = 0;
  for (Pass& pass : of_joint) joint.backward(comm, pass);
  const double flops_of_joint = endpoint.flops;
  endpoint.flops = 0;
  for (Pass& pass : of_split) split.backward_input(comm, pass);
  EXPECT_DOUBLE_EQ(endpoint.flops, flops_of_joint / 2) << "dense layers: as much for the input as for the weights";
  for (Pass& pass : of_split) split.backward_weight(comm, pass);
  EXPECT_DOUBLE_EQ(endpoint.flops, flops_of_joint);
  EXPECT_EQ(values(split.gradients()), values(joint.gradients()));
  for (std::size_t m = 0; m < 2; ++m)
    EXPECT_EQ(values(of_split[m].input_gradient()), values(of_joint[m].input_gradient())) << m;
}

TEST_F(MlpReplica, TwoStagesAreTheWholeModel) {
  whole.begin_step();
  const double loss_of_whole = pass_through(whole, first_rows(kRows));
  for (const std::size_t cut : {1U, 2U}) {
    Replica front(comm, job, {0, cut}), back(comm, job, {cut, 3});
    Pass front_pass = front.make_pass(kRows), back_pass = back.make_pass(kRows);
    front.load(front_pass, first_rows(kRows));
    back.load(back_pass, first_rows(kRows));
    front.begin_step(), back.begin_step();
    front.forward(comm, front_pass);
    ASSERT_EQ(front_pass.output().count, back_pass.input().count);
    std::copy_n(front_pass.output().f32(), front_pass.output().count, back_pass.input().f32());
    back.forward(comm, back_pass);
    const double loss = back.loss(comm, back_pass);
    back.backward(comm, back_pass);
    ASSERT_EQ(back_pass.input_gradient().count, front_pass.output_gradient().count);
    std::copy_n(back_pass.input_gradient().f32(), back_pass.input_gradient().count, front_pass.output_gradient().f32());
    front.backward(comm, front_pass);

    std::vector<float> parameters = values(front.parameters()), gradients = values(front.gradients());
    for (const float value : values(back.parameters())) parameters.push_back(value);
    for (const float value : values(back.gradients())) gradients.push_back(value);
    EXPECT_EQ(parameters, values(whole.parameters()));
    EXPECT_DOUBLE_EQ(loss, loss_of_whole);
    ASSERT_EQ(gradients.size(), whole.gradients().count);
    // Parameters lie at other addresses in a stage, which may change the order of float sums.
    for (std::size_t i = 0; i < gradients.size(); ++i) EXPECT_NEAR(gradients[i], whole.gradients().f32()[i], 1e-6);
  }
}

TEST_F(MlpReplica, PassesOfAStepAddUpToTheGlobalBatch) {
  whole.begin_step();
  const double loss = pass_through(whole, first_rows(kRows));
  const std::vector<float> expected = values(whole.gradients());

  const std::vector<std::uint32_t> rows = first_rows(kRows);
  whole.begin_step();
  double sum = 0;
  for (std::size_t part = 0; part < 4; ++part) {
    const Range range = even_part(kRows, 4, part);
    sum += pass_through(whole, std::span(rows).subspan(range.begin, range.size()));
  }
  EXPECT_NEAR(sum, loss, 1e-6);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(whole.gradients().f32()[i], expected[i], 1e-6);
}

TEST_F(MlpReplica, AStepForgetsTheGradientsOfTheLast) {
  whole.begin_step();
  pass_through(whole, first_rows(kRows));
  const std::vector<float> once = values(whole.gradients());
  whole.begin_step();
  pass_through(whole, first_rows(kRows));
  EXPECT_EQ(values(whole.gradients()), once);
}

TEST_F(MlpReplica, APassWithoutRowsHasNoLossAndZeroGradients) {
  whole.begin_step();
  pass_through(whole, first_rows(kRows));
  whole.begin_step();
  EXPECT_EQ(pass_through(whole, {}), 0);
  EXPECT_EQ(values(whole.gradients()), std::vector<float>(job.model.parameters, 0.0F));
}

TEST_F(MlpReplica, GradientsOfLayersAreContiguousParts) {
  const std::vector<Layer>& layers = job.model.layers;
  const Slice middle = whole.gradients_of({1, 2});
  EXPECT_EQ(middle.f32(), whole.gradients().f32() + layers[1].offset);
  EXPECT_EQ(middle.count, layers[1].parameters);
  Replica back(comm, job, {1, 3});
  EXPECT_EQ(back.gradients_of({2, 3}).f32(), back.gradients().f32() + layers[1].parameters);
  EXPECT_EQ(back.gradients_of({1, 3}).count, back.gradients().count);
}

TEST_F(MlpReplica, ChargesTheFlopsOfEveryLayerOnce) {
  endpoint.flops = 0, endpoint.computations = 0;
  whole.begin_step();
  pass_through(whole, first_rows(3));
  // Products 5x7, 7x3, 3x4: forward and weight gradient each, input gradient but for the first.
  EXPECT_EQ(endpoint.flops, 3 * (2.0 * (35 + 21 + 12) * 2 + 2.0 * (21 + 12)));
  EXPECT_EQ(endpoint.flops, 3 * job.model.flops_per_sample());
  EXPECT_EQ(endpoint.computations, 3 + 1 + 3);
}

TEST_F(MlpReplica, LossIsFiniteForScoresWhoseExponentialsOverflow) {
  for (std::size_t i = 0; i < whole.parameters().count; ++i) whole.parameters().f32()[i] *= 1000;
  whole.begin_step();
  const double loss = pass_through(whole, first_rows(kRows));
  EXPECT_TRUE(std::isfinite(loss));
  EXPECT_GT(loss, 1000);
  for (const float gradient : values(whole.gradients())) EXPECT_TRUE(std::isfinite(gradient));
}

TEST_F(MlpReplica, ADivergedParameterShowsInTheLoss) {
  whole.parameters().f32()[0] = std::nanf("");
  whole.begin_step();
  EXPECT_TRUE(std::isnan(pass_through(whole, first_rows(kRows))));
}

TEST_F(MlpReplica, PhantomRunsChargeTheSameAndHoldNothing) {
  endpoint.flops = 0;
  pass_through(whole, first_rows(kRows));
  LocalEndpoint phantom_endpoint(Payload::phantom);
  Comm phantom(phantom_endpoint, {.payload = Payload::phantom});
  Replica replica(phantom, job, {0, 3});
  EXPECT_TRUE(replica.parameters().is_phantom());
  Pass pass = replica.make_pass(kRows);
  replica.load(pass, first_rows(kRows));
  replica.begin_step();
  replica.forward(phantom, pass);
  EXPECT_EQ(replica.loss(phantom, pass), 0);
  replica.backward(phantom, pass);
  EXPECT_EQ(phantom_endpoint.flops, endpoint.flops);
  EXPECT_TRUE(pass.output().is_phantom());
  EXPECT_EQ(pass.output().count, kRows * 4);
}

TEST(ProfileReplica, HasRealBuffersWhereStagesMeetAndComputesNothing) {
  WorkloadSpec workload;
  workload.model = {.kind = ModelKind::profile,
                    .profile = {{"a", 10, 100, 200, {}, 3}, {"b", 0, 10, 20, {}, 5}, {"c", 7, 1, 2, {}, 1}}};
  workload.batch.global = 4;
  workload.stop.steps = 1;
  const Job job = make_job(workload, {}, 1, 1, nullptr);
  LocalEndpoint endpoint;
  Comm comm(endpoint, {});
  Replica middle(comm, job, {1, 2}), whole(comm, job, {0, 3});
  Pass pass = middle.make_pass(4);
  middle.load(pass, first_rows(4));
  EXPECT_FALSE(pass.input().is_phantom());
  EXPECT_FALSE(pass.input_gradient().is_phantom());
  EXPECT_EQ(pass.input().count, 4 * 3U);
  EXPECT_FALSE(pass.output().is_phantom());
  EXPECT_FALSE(pass.output_gradient().is_phantom());
  EXPECT_EQ(pass.output().count, 4 * 5U);

  Pass whole_pass = whole.make_pass(4);
  whole.load(whole_pass, job.batches.global(0));
  whole.begin_step();
  whole.forward(comm, whole_pass);
  EXPECT_EQ(whole.loss(comm, whole_pass), 0);
  whole.backward(comm, whole_pass);
  EXPECT_EQ(endpoint.flops, 4 * 333);
  EXPECT_FALSE(whole.gradients().is_phantom());
  EXPECT_EQ(whole.gradients().count, 17U);
}

TEST(MlpReplicaDeathTest, RefusesMoreRowsThanAPassHasRoomFor) {
  const Dataset data = small_data(5, 2, 2);
  const Job job =
      make_job(small_workload(ModelKind::softmax, {}, Activation::relu, Loss::cross_entropy, 5), {}, 1, 1, &data);
  LocalEndpoint endpoint;
  Comm comm(endpoint, {});
  const Replica replica(comm, job, {0, 1});
  Pass pass = replica.make_pass(2);
  EXPECT_DEATH(replica.load(pass, first_rows(3)), "3 rows loaded into a pass with room for 2");
}

}  // namespace
}  // namespace tandem
