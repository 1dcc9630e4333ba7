#include "app/scenario/profile_fields.h"

#include <algorithm>
#include <string_view>

#include "core/config/limits.h"

namespace tandem {
namespace {

Type<double> flops() { return quantity(Dimension::computation, between(0, kMostFlopsPerSample)); }

/// `pass` is forward_flops or backward_flops.
void add_flops(Mapping<LayerSizes>& keys, const std::string& pass, Flops LayerSizes::*flops_of_pass,
               const std::string& doc, const std::string& otherwise) {
  keys.key(pass, in(flops_of_pass, &Flops::fixed), flops(),
           doc + "; for a sequence, the part that does not grow with its length")
      .otherwise(otherwise)
      .key(pass + "_per_token", in(flops_of_pass, &Flops::per_token), flops(), doc + ", times its tokens")
      .otherwise(otherwise)
      .key(pass + "_per_token_pair", in(flops_of_pass, &Flops::per_token_pair), flops(),
           doc + ", times its tokens squared")
      .otherwise(otherwise);
}

Mapping<TokenBytes> moved_fields() {
  using B = TokenBytes;
  const Type<double> bytes = unless(0.0, quantity(Dimension::bytes, between(0, kMostBytes)));
  return Mapping<B>()
      .key("per_token", &B::per_token, bytes, "on every rank of a model that is cut by tensors")
      .otherwise("0B")
      .key("cut_per_token", &B::cut_per_token, bytes, "divided among the ranks of a model that is cut by tensors")
      .otherwise("0B")
      .key("per_token_pair", &B::per_token_pair, bytes,
           "times the tokens squared: attention's, divided in the same way; selective recomputation computes it anew")
      .otherwise("0B");
}

Mapping<TokenBytes> kept_fields() {
  return moved_fields()
      .key("recomputed_per_token", &TokenBytes::recomputed_per_token,
           unless(0.0, quantity(Dimension::bytes, between(0, kMostBytes))),
           "in the place of the others with full recomputation: the layer's input, where nothing before gives it anew")
      .otherwise("0B");
}

Mapping<ExpertSizes> expert_size_fields() {
  using E = ExpertSizes;
  return Mapping<E>()
      .key("count", &E::count, whole(between(1, kMostLayers)), "experts of the layer")
      .required()
      .key("per_token", &E::per_token, whole(between(1, kMostLayers)), "experts that a token passes")
      .required()
      .key("parameters", &E::parameters, whole(between(1, kMostParameters)),
           "of all experts together: a part of the layer's; a token costs 2 flops per parameter of an expert that it "
           "passes")
      .required();
}

Mapping<LayerSizes> layer_fields() {
  using L = LayerSizes;
  Mapping<L> keys;
  keys.key("name", &L::name, text(), "name of the layer; in a group, # stands for the number of the repetition")
      .required()
      .key("parameters", &L::parameters, whole(between(0, kMostParameters)), "trainable values")
      .required();
  add_flops(keys, "forward_flops", &L::forward_flops, "flops of the forward pass, per sample",
            "0flop; one of the three is given");
  add_flops(keys, "backward_flops", &L::backward_flops, "flops of the backward pass, per sample",
            "twice the forward pass, when none of the three is given");
  add_flops(
      keys, "weight_flops", &L::weight_flops, "the part of the backward pass that is the weights' gradient",
      "the forward pass's without what grows with the tokens squared, when none of the three is given; at most the "
      "backward pass's");
  return keys
      .key("activations", &L::activations, whole(between(0, kMostParameters)),
           "float32 values handed to the next layer, per sample")
      .key("activations_per_token", &L::activations_per_token, whole(between(0, kMostParameters)),
           "the same, times the tokens of the sample")
      .key("heads", &L::heads, unless<std::size_t>(0, whole(between(1, kMostRanks))),
           "heads of attention, which tensor parallelism deals out whole")
      .otherwise("the layer is no attention")
      .key("kept", &L::kept, maybe(kept_fields().type()),
           "bytes that the layer keeps for its backward pass, per sample of a sequence")
      .otherwise("what it hands on, and its gradient")
      .key("moved", &L::moved, moved_fields().type(),
           "memory traffic of its forward pass, besides matrix products; backward moves half as much again")
      .otherwise("none")
      .key("experts", &L::experts, maybe(expert_size_fields().type()),
           "experts to some of which each token goes: strategy expert deals them out")
      .otherwise("none");
}

bool gives(const Value& layer, std::string_view pass) {
  return std::any_of(layer.entries.begin(), layer.entries.end(),
                     [pass](const Entry& entry) { return entry.key.starts_with(pass); });
}

// Experts are a part of the layer, for the tokens that it hands on.
void check_experts(const Value& value, Reader& reader, const LayerSizes& layer) {
  const Entry* entry = value.find("experts");
  if (entry == nullptr || !layer.experts || layer.experts->count == 0) return;
  const ExpertSizes& experts = *layer.experts;
  const auto refuse = [&](const std::string& reason) {
    reader.error(entry->position, fmt::format("{}.experts: {}", reader.path(), reason));
  };
  if (experts.per_token > experts.count)
    refuse(fmt::format("a token cannot pass {} of {} experts", experts.per_token, experts.count));
  if (experts.parameters % experts.count != 0)
    refuse(fmt::format("{} parameters cannot be those of {} equal experts", experts.parameters, experts.count));
  if (experts.parameters > layer.parameters)
    refuse(fmt::format("{} parameters are more than the layer's {}", experts.parameters, layer.parameters));
  if (flops_per_token(experts) > layer.forward_flops.per_token)
    refuse(fmt::format("a token's {:.0f} flops in its experts are more than the layer's \"forward_flops_per_token\"",
                       flops_per_token(experts)));
  if (layer.activations_per_token == 0) refuse("what travels is \"activations_per_token\", and the layer has none");
}

Type<LayerSizes> layer() {
  Type<LayerSizes> type = layer_fields().type();
  type.read = [keys = type.read](const Value& value, Reader& reader, LayerSizes& into) {
    keys(value, reader, into);
    if (value.kind != Value::Kind::map) return;
    if (!gives(value, "forward_flops")) {
      reader.error(reader.place(), fmt::format("{} needs \"forward_flops\", \"forward_flops_per_token\" or "
                                               "\"forward_flops_per_token_pair\": what a sample costs",
                                               reader.path()));
    }
    const Flops& forward = into.forward_flops;
    if (!gives(value, "backward_flops"))
      into.backward_flops = {2 * forward.fixed, 2 * forward.per_token, 2 * forward.per_token_pair};
    // Products with weights cost as much for their gradient as forward. Attention between tokens has no weights.
    const Flops& backward = into.backward_flops;
    if (!gives(value, "weight_flops"))
      into.weight_flops = {std::min(forward.fixed, backward.fixed), std::min(forward.per_token, backward.per_token), 0};
    check_experts(value, reader, into);
    const Flops& weight = into.weight_flops;
    const bool is_part = weight.fixed <= backward.fixed && weight.per_token <= backward.per_token &&
                         weight.per_token_pair <= backward.per_token_pair;
    if (!is_part) {
      reader.error(
          reader.place(),
          fmt::format("{}: weight_flops is a part of the backward pass, and more than all of it", reader.path()));
    }
  };
  return type;
}

Mapping<LayerGroup> group_fields() {
  using G = LayerGroup;
  return Mapping<G>()
      .key("repeat", &G::repeat, whole(between(1, kMostLayers)), "how often the group is repeated")
      .required()
      .key("first", &G::first, whole(between(0, kMostLayers)), "the number of the first repetition")
      .key("layers", &G::layers, list_of(layer(), between(1, kMostLayers)), "the layers of the group")
      .required();
}

Type<LayerGroup> layer_or_group() {
  const Type<LayerSizes> one = layer();
  const Type<LayerGroup> group = group_fields().type();
  const auto read = [one, group](const Value& value, Reader& reader, LayerGroup& into) {
    const bool is_group = value.find("repeat") != nullptr || value.find("layers") != nullptr;
    if (is_group) return group.read(value, reader, into);
    into.layers.resize(1);
    one.read(value, reader, into.layers.front());
  };
  return {{.shape = Shape::either, .alternatives = {one.info, group.info}}, read, group.write};
}

Mapping<PublishedTotals> published_fields() {
  using P = PublishedTotals;
  return Mapping<P>()
      .key("parameters", &P::parameters, maybe(whole(between(1, kMostParameters))), "parameters of all layers together")
      .key("multiply_adds", &P::multiply_adds, maybe(number(above(0, kMostFlopsPerSample))),
           "multiply-adds of the forward pass, per sample of the longest sequence: half its flops; many papers call "
           "them FLOPs")
      .key("source", &P::source, text(), "where the totals were published")
      .required();
}

Mapping<ProfileFile> make_profile_file_fields() {
  using F = ProfileFile;
  return Mapping<F>()
      .key("name", &F::name, text(), "what the model is called")
      .required()
      .key("source", &F::source, text(), "where the sizes are from: a paper, a table, a measurement")
      .required()
      .key("published", &F::published, maybe(published_fields().type()),
           "published totals, which the layers must add up to within 5 %")
      .key("longest_sequence", &F::longest_sequence, unless<std::size_t>(0, whole(between(1, kLongestSequence))),
           "tokens per sample, unless sequence_length asks for fewer")
      .otherwise("a sample is not a sequence")
      .key("layers", &F::layers, list_of(layer_or_group(), between(1, kMostLayers)),
           "layers, input side first, and groups of layers that are repeated")
      .required();
}

}  // namespace

const Mapping<ProfileFile>& profile_file_fields() {
  static const Mapping<ProfileFile> kFields = make_profile_file_fields();
  return kFields;
}

}  // namespace tandem
