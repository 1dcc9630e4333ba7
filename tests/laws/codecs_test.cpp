// What each codec promises of the values that it decodes: bounds, roundings, ties, and what error feedback keeps.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/codecs/coding.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/strategies/strategy.h"
#include "tests/algorithms/local_endpoint.h"

namespace tandem::laws {
namespace {

/// One dense layer of `outputs` x `inputs` weights and `outputs` biases, and nothing else of a job but its codec.
Job job_with(const std::string& codec, std::size_t inputs, std::size_t outputs) {
  Job job{.strategy = parse_strategy("{name: allreduce, codec: " + codec + "}"),
          .batches = Batches(1, 1, 1, false, 0, Partitioning::range, 1)};
  const std::size_t parameters = inputs * outputs + outputs;
  job.model.layers = {{.name = "dense", .parameters = parameters, .inputs = inputs, .outputs = outputs}};
  job.model.parameters = parameters;
  return job;
}

/// Senders that code the parameters of one dense layer, on one rank.
struct Lab {
  Lab(const std::string& codec, std::size_t inputs, std::size_t outputs, std::size_t senders = 1)
      : job(job_with(codec, inputs, outputs)), total(comm.make_buffer(job.model.parameters)) {
    const Range all{0, job.model.parameters};
    for (std::size_t i = 0; i < senders; ++i) codings.push_back(std::make_unique<Coding>(comm, job, all, i));
    for (std::size_t i = 0; i < senders; ++i) {
      messages.push_back(comm.make_buffer(codings[i]->form().count(), codings[i]->form().element));
    }
  }

  /// What the senders' messages come to.
  std::vector<float> decoded(std::size_t step, const std::vector<std::vector<float>>& values) {
    for (std::size_t i = 0; i < codings.size(); ++i) {
      const Buffer used_up = comm.make_buffer(values[i].size());
      std::copy(values[i].begin(), values[i].end(), used_up.slice().f32());
      codings[i]->encode(comm, step, used_up, messages[i]);
    }
    codings[0]->begin(comm, total);
    for (const Buffer& message : messages) codings[0]->add(comm, step, message, total);
    codings[0]->conclude(comm, total);
    return {total.slice().f32(), total.slice().f32() + total.count()};
  }
  std::vector<float> decoded(std::size_t step, const std::vector<float>& values) {
    return decoded(step, std::vector<std::vector<float>>{values});
  }

  LocalEndpoint endpoint;
  Comm comm{endpoint, {}};
  Job job;
  Buffer total;
  std::vector<std::unique_ptr<Coding>> codings;
  std::vector<Buffer> messages;
};

/// A heavy-tailed vector, as gradients are.
std::vector<float> gradient(std::size_t count, unsigned seed) {
  std::mt19937_64 stream(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = std::pow(normal(stream), 3.0F);
  return values;
}

double squared_norm(const std::vector<float>& v) { return std::inner_product(v.begin(), v.end(), v.begin(), 0.0); }

double squared_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i]) - b[i], 2);
  return sum;
}

TEST(Halves, RoundToNearestEvenAndKeepSubnormals) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Lab fp16("fp16", 4, 2), bf16("bf16", 4, 2);
  const std::vector<float> values = {1 + 0x1p-11F, 1 + 3 * 0x1p-11F, 65519, 65520,     -7e4F,
                                     3 * 0x1p-25F, 0x1p-25F,         1e-7F, -0x1p-14F, 0};
  EXPECT_EQ(fp16.decoded(0, values),
            (std::vector<float>{1, 1 + 0x1p-9F, 65504, kInfinity, -kInfinity, 0x1p-23F, 0, 0x1p-23F, -0x1p-14F, 0}));
  EXPECT_EQ(bf16.decoded(0, {1 + 0x1p-8F, 1 + 3 * 0x1p-8F, 7e4F, 1e-30F * 0, 0x1p-133F, 0x1p-134F, 3, -3, 0, 1}),
            (std::vector<float>{1, 1 + 0x1p-6F, 70144, 0, 0x1p-133F, 0, 3, -3, 0, 1}));
  // The payload of this NaN is in its lower bits: rounding them would carry into infinity.
  EXPECT_TRUE(std::isnan(bf16.decoded(1, {std::bit_cast<float>(0x7fffffffU), 0, 0, 0, 0, 0, 0, 0, 0, 0})[0]));
}

TEST(Halves, ScaleMovesSmallValuesIntoRange) {
  Lab scaled("{name: fp16, scale_log2: 16}", 4, 2);
  const std::vector<float> decoded = scaled.decoded(0, {1e-8F, 0.75F, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_NEAR(decoded[0], 1e-8, 1e-8 * 0x1p-11);
  EXPECT_EQ(decoded[1], 0.75F);
}

class Qsgd : public testing::TestWithParam<std::pair<int, const char*>> {};

TEST_P(Qsgd, IsUnbiasedAndItsVarianceIsBounded) {
  const auto [bits, scale] = GetParam();
  constexpr std::size_t kBucket = 512, kDraws = 400;
  Lab lab(fmt::format("{{name: qsgd, bits: {}, scale: {}}}", bits, scale), kBucket - 1, 1);
  const std::vector<float> v = gradient(kBucket, 3);
  std::vector<double> sum(v.size(), 0);
  double error = 0;
  for (std::size_t step = 0; step < kDraws; ++step) {
    const std::vector<float> decoded = lab.decoded(step, v);
    error += squared_distance(decoded, v) / kDraws;
    for (std::size_t i = 0; i < v.size(); ++i) sum[i] += decoded[i];
  }
  const double s = (1 << (bits - 1)) - 1, d = kBucket;
  EXPECT_LE(error, std::min(d / (s * s), std::sqrt(d) / s) * squared_norm(v));
  EXPECT_GT(error, 0);
  // A value between two integers has their distance times the root of p (1 - p) as its standard deviation.
  float largest = 0;
  for (const float value : v) largest = std::max(largest, std::abs(value));
  const double unit = (scale == std::string("norm") ? std::sqrt(squared_norm(v)) : largest) / s;
  std::size_t beyond = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const double level = std::abs(v[i]) / unit, p = level - std::floor(level);
    const double standard_error = unit * std::sqrt(p * (1 - p) / kDraws) + 1e-6 * std::abs(v[i]);
    beyond += std::abs(sum[i] / kDraws - v[i]) > 3 * standard_error ? 1 : 0;
  }
  EXPECT_LT(beyond, v.size() / 50) << "3 of 1000 lie beyond three standard errors";
}

INSTANTIATE_TEST_SUITE_P(BitsAndScales, Qsgd,
                         testing::Values(std::pair{8, "largest"}, std::pair{8, "norm"}, std::pair{4, "largest"},
                                         std::pair{4, "norm"}, std::pair{2, "largest"}, std::pair{2, "norm"}));

TEST(Qsgd, BucketsHaveScalesOfTheirOwnAndNotANumberStaysOne) {
  Lab lab("qsgd", 1023, 1);
  std::vector<float> v(1024, 1e-3F);
  std::fill(v.begin() + 512, v.end(), 1e3F);
  EXPECT_EQ(lab.decoded(0, v), v) << "every value is the largest of its bucket";
  v[700] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> decoded = lab.decoded(1, v);
  EXPECT_EQ(decoded[0], v[0]);
  EXPECT_TRUE(std::isnan(decoded[700]));
}

TEST(TopK, KeepsTheLargestAndLosesAtMostItsShare) {
  for (const double ratio : {0.001, 0.1, 0.37, 1.0}) {
    Lab lab(fmt::format("{{name: top-k, ratio: {}, error_feedback: false}}", ratio), 1009, 1);
    const std::vector<float> v = gradient(1010, 5), decoded = lab.decoded(0, v);
    const auto k = static_cast<std::size_t>(std::ceil(ratio * 1010));
    EXPECT_EQ(std::count_if(decoded.begin(), decoded.end(), [](float x) { return x != 0; }), k);
    EXPECT_LE(squared_distance(v, decoded), (1 - static_cast<double>(k) / 1010) * squared_norm(v));
    float least_kept = std::numeric_limits<float>::infinity(), most_lost = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (decoded[i] != 0) least_kept = std::min(least_kept, std::abs(v[i]));
      if (decoded[i] == 0) most_lost = std::max(most_lost, std::abs(v[i]));
    }
    EXPECT_GE(least_kept, most_lost);
  }
}

TEST(TopK, TakesTheFirstOfEqualsAndWhatIsNotANumber) {
  Lab lab("{name: top-k, ratio: 0.4, error_feedback: false}", 4, 1);
  EXPECT_EQ(lab.decoded(0, {1, -2, 2, 2, 0}), (std::vector<float>{0, -2, 2, 0, 0}));
  EXPECT_TRUE(std::isnan(lab.decoded(0, {1, -2, 2, std::numeric_limits<float>::quiet_NaN(), 0})[3]));
}

TEST(RandomK, LosesItsShareInExpectationAtPlacesThatAllWorkersShare) {
  constexpr std::size_t kDraws = 2000;
  Lab lab("{name: random-k, ratio: 0.2, error_feedback: false}", 100, 1, /*senders=*/2);
  const std::vector<float> v = gradient(101, 9), nothing(101, 0.0F);
  double lost = 0;
  for (std::size_t step = 0; step < kDraws; ++step) {
    lost += squared_distance(v, lab.decoded(step, {v, nothing})) / kDraws;
    const std::vector<float> both = lab.decoded(step, {v, v});
    for (std::size_t i = 0; i < v.size(); ++i) ASSERT_TRUE(both[i] == 0 || both[i] == 2 * v[i]) << step;
  }
  EXPECT_NEAR(lost / squared_norm(v), 1 - 21.0 / 101, 0.03);
}

TEST(Sign, IsTheMeanMagnitudeOfEachTensor) {
  Lab lab("{name: sign, error_feedback: false}", 2, 2);
  EXPECT_EQ(lab.decoded(0, {1, -3, 5, -7, 0.5F, 1.5F}), (std::vector<float>{4, -4, 4, -4, 1, 1}));
}

TEST(Sign, ZeroIsPositiveAndNegativeInTurn) {
  Lab lab("{name: sign, error_feedback: false}", 2, 2);
  const std::vector<float> v = {4, 0, 0, 0, 1, 1}, one = lab.decoded(0, v), next = lab.decoded(1, v);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(one[i], -next[i]);
  EXPECT_EQ(one[1], -one[2]);
}

// The bytes for a matrix and its biases: what was left out, a message of P, Q and the biases, and the part of it that
// has Q.
TEST(PowerSgd, KeepsWhatItLeavesOutAndTheFactorThatItGoesOnWith) {
  EXPECT_EQ(memory_of_coded_sums(job_with("{name: powersgd, rank: 1}", 200, 200), 0), 4 * (40200 + 600 + 400));
  EXPECT_EQ(memory_of_coded_sums(job_with("{name: powersgd, rank: 1, error_feedback: false}", 200, 200), 0),
            4 * (600 + 400));
}

TEST(Sign, TheMajoritysSignHasTheSumOfTheMagnitudesAndATieDoesNotMove) {
  const std::vector<float> a = {1, -1, 1, -1, 2, 2}, b = {3, -3, -3, 3, 2, -2}, c = {-1, -1, -1, 1, 1, 1};
  Lab two("{name: sign, combine: vote, error_feedback: false}", 2, 2, /*senders=*/2);
  EXPECT_EQ(two.decoded(0, {a, b}), (std::vector<float>{4, -4, 0, 0, 4, 0}));
  Lab three("{name: sign, combine: vote, error_feedback: false}", 2, 2, /*senders=*/3);
  EXPECT_EQ(three.decoded(0, {a, b, c}), (std::vector<float>{5, -5, -5, 5, 5, 5}));
  EXPECT_EQ(three.decoded(1, {a, b, c}), (std::vector<float>{5, -5, -5, 5, 5, 5})) << "scales begin anew every step";
}

TEST(PowerSgd, SendsFactorsOfMatricesAndVectorsAsTheyAre) {
  // Two layers of 200 x 200 with biases: 1,200 values instead of 80,400, as in PyTorch 1.13.
  Job job = job_with("{name: powersgd, rank: 1}", 200, 200);
  job.model.layers.push_back(job.model.layers.front());
  job.model.layers.back().offset = job.model.parameters;
  job.model.parameters *= 2;
  EXPECT_EQ(job.model.parameters, 80'400U);
  EXPECT_EQ(form_of(job, {0, job.model.parameters}, true).count(), 1'200U);
  for (const std::size_t rank : {1U, 2U, 3U}) {
    const Job one = job_with(fmt::format("{{name: powersgd, rank: {}}}", rank), 31, 17);
    EXPECT_EQ(form_of(one, {0, one.model.parameters}, true).count(), rank * (31 + 17) + 17) << rank;
  }
}

TEST(PowerSgd, KeepsAMatrixOfItsRankAndProjectsOthers) {
  const std::size_t inputs = 31, outputs = 17;
  const std::vector<float> left = gradient(2 * outputs, 1), right = gradient(2 * inputs, 2);
  std::vector<float> v(inputs * outputs + outputs, 0.5F);
  for (std::size_t row = 0; row < outputs; ++row) {
    for (std::size_t column = 0; column < inputs; ++column) {
      v[row * inputs + column] = left[row] * right[column] + left[outputs + row] * right[inputs + column];
    }
  }
  const double size = squared_norm(v);
  for (const auto& [rank, is_kept] : {std::pair{1, false}, {2, true}, {3, true}}) {
    Lab lab(fmt::format("{{name: powersgd, rank: {}, error_feedback: false}}", rank), inputs, outputs);
    double lost = 0;
    for (std::size_t step = 0; step < 5; ++step) {
      const std::vector<float> decoded = lab.decoded(step, v);
      EXPECT_EQ(decoded.back(), 0.5F) << "vectors are not compressed";
      lost = squared_distance(decoded, v);
      EXPECT_LE(lost, size) << "a projection";
    }
    EXPECT_EQ(lost < 1e-9 * size, is_kept) << "rank " << rank;
  }
}

TEST(PowerSgd, StepsOfAWarmStartAreAPowerMethod) {
  const std::vector<float> v = gradient(31 * 17 + 17, 4);
  Lab warm("{name: powersgd, rank: 2, error_feedback: false}", 31, 17);
  Lab cold("{name: powersgd, rank: 2, error_feedback: false, warm_start: false}", 31, 17);
  double first = squared_distance(warm.decoded(0, v), v), last = 0, mean_of_cold = 0;
  EXPECT_EQ(first, squared_distance(cold.decoded(0, v), v)) << "they begin alike";
  for (std::size_t step = 1; step <= 20; ++step) {
    last = squared_distance(warm.decoded(step, v), v);
    mean_of_cold += squared_distance(cold.decoded(step, v), v) / 20;
  }
  EXPECT_LT(last, 0.95 * mean_of_cold);
}

class Feedback : public testing::TestWithParam<const char*> {};

// What was decoded so far and what is kept for the next step are all that was given, to the rounding of sums.
TEST_P(Feedback, LosesNothingForGood) {
  Lab lab(fmt::format("{{name: {}}}", GetParam()), 31, 17);
  State state;
  lab.codings[0]->describe(state);
  ASSERT_EQ(state.pieces().front().name, "residuals");
  const Slice residual = state.pieces().front().values;
  std::vector<double> balance(lab.job.model.parameters, 0);
  for (std::size_t step = 0; step < 30; ++step) {
    const std::vector<float> v = gradient(lab.job.model.parameters, static_cast<unsigned>(step));
    const std::vector<float> decoded = lab.decoded(step, v);
    for (std::size_t i = 0; i < v.size(); ++i) balance[i] += static_cast<double>(v[i]) - decoded[i];
  }
  double left = 0;
  for (std::size_t i = 0; i < balance.size(); ++i) {
    EXPECT_NEAR(balance[i], residual.f32()[i], 1e-3) << i;
    left += std::abs(residual.f32()[i]);
  }
  EXPECT_GT(left, 0);
}

INSTANTIATE_TEST_SUITE_P(Codecs, Feedback,
                         testing::Values("top-k", "random-k", "sign", "sign, combine: vote", "powersgd, rank: 1"));

TEST(Codecs, CodeNothingAndOneValue) {
  for (const Codec& codec : all_codecs()) {
    Job job = job_with(std::string(codec.name), 40, 40);
    LocalEndpoint endpoint;
    Comm comm(endpoint, {});
    for (const Range range : {Range{7, 7}, Range{7, 8}, Range{0, 1640}}) {
      Coding coding(comm, job, range, 0);
      const Buffer values = comm.make_buffer(range.size());
      std::fill_n(values.slice().f32(), range.size(), 0.25F);
      const Buffer message = comm.make_buffer(coding.form().count(), coding.form().element);
      coding.encode(comm, 3, values, message);
      coding.decode(comm, 3, message, values);
      const double sum = std::accumulate(values.slice().f32(), values.slice().f32() + range.size(), 0.0);
      EXPECT_LE(sum, 0.2501 * static_cast<double>(range.size())) << codec.name;
      EXPECT_TRUE(range.size() == 0 || sum > 0) << codec.name;
    }
  }
}

TEST(Codecs, TensorsCoverWhateverIsCut) {
  const Job job = job_with("sign", 5, 7);
  for (std::size_t begin = 0; begin <= 42; ++begin) {
    for (std::size_t end = begin; end <= 42; ++end) {
      const CodedVector vector = coded_vector(job.model, {begin, end});
      std::size_t covered = 0;
      for (const Tensor& tensor : vector.tensors) {
        EXPECT_EQ(tensor.offset, covered);
        EXPECT_TRUE(tensor.rows == 1 || tensor.columns == 5);
        covered += tensor.count();
      }
      EXPECT_EQ(covered, end - begin);
    }
  }
}

}  // namespace
}  // namespace tandem::laws
