#include "algorithms/model/profile.h"

namespace tandem {

double Flops::of(std::size_t tokens) const {
  const auto count = static_cast<double>(tokens);
  return fixed + per_token * count + per_token_pair * count * count;
}

LayerBytes TokenBytes::of(std::size_t tokens) const {
  const auto count = static_cast<double>(tokens);
  return {.whole = per_token * count, .cut = cut_per_token * count, .pairs = per_token_pair * count * count};
}

double flops_per_token(const ExpertSizes& experts) {
  return 2.0 * static_cast<double>(experts.parameters) * static_cast<double>(experts.per_token) /
         static_cast<double>(experts.count);
}

std::vector<ProfileLayer> layers_of(const Profile& profile, std::size_t tokens) {
  std::vector<ProfileLayer> layers;
  for (const LayerSizes& layer : profile.layers) {
    layers.push_back(
        {.name = layer.name,
         .parameters = layer.parameters,
         .forward_flops_per_sample = layer.forward_flops.of(tokens),
         .backward_flops_per_sample = layer.backward_flops.of(tokens),
         .weight_flops_per_sample = layer.weight_flops.of(tokens),
         .activations_per_sample = layer.activations + layer.activations_per_token * tokens,
         .heads = layer.heads,
         .attention_flops_per_sample = Flops{.per_token_pair = layer.forward_flops.per_token_pair}.of(tokens),
         .moved = layer.moved.of(tokens)});
    if (layer.experts) {
      layers.back().experts = {*layer.experts, tokens, layer.activations_per_token,
                               flops_per_token(*layer.experts) * static_cast<double>(tokens)};
    }
    if (!layer.kept) continue;
    const double recomputed = layer.kept->recomputed_per_token * static_cast<double>(tokens);
    layers.back().kept = KeptBytes{layer.kept->of(tokens), recomputed};
  }
  return layers;
}

}  // namespace tandem
