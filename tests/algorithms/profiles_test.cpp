#include <gtest/gtest.h>

#include "algorithms/model/profile.h"

namespace tandem {
namespace {

TEST(Profile, LayersGrowWithTheTokensOfASample) {
  const Profile profile{.longest_sequence = 11,
                        .layers = {{.name = "a",
                                    .parameters = 7,
                                    .forward_flops = {.fixed = 5, .per_token = 3, .per_token_pair = 2},
                                    .backward_flops = {.fixed = 1, .per_token = 13},
                                    .activations = 17,
                                    .activations_per_token = 19}}};
  for (const std::size_t tokens : {0, 1, 7, 11}) {
    const auto layers = layers_of(profile, tokens);
    ASSERT_EQ(layers.size(), 1u);
    const auto count = static_cast<double>(tokens);
    EXPECT_EQ(layers[0].name, "a");
    EXPECT_EQ(layers[0].parameters, 7u);
    EXPECT_EQ(layers[0].forward_flops_per_sample, 5 + 3 * count + 2 * count * count);
    EXPECT_EQ(layers[0].backward_flops_per_sample, 1 + 13 * count);
    EXPECT_EQ(layers[0].activations_per_sample, 17 + 19 * tokens);
  }
}

}  // namespace
}  // namespace tandem
