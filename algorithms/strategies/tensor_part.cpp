#include "algorithms/strategies/tensor_part.h"

namespace tandem {

void forward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums) {
  for (std::size_t l = 0; l < shard.layers().size(); ++l) {
    shard.forward(shards, l);
    if (shard.layers()[l].cut == Cut::by_inputs) sums.all_reduce.run(shards, shard.output(l));
    shard.activate(shards, l);
  }
}

void backward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums, bool sums_input) {
  for (std::size_t l = shard.layers().size(); l-- > 0;) {
    shard.activation_backward(shards, l);
    shard.backward(shards, l);
    const bool is_wanted = l > 0 || sums_input;
    if (shard.layers()[l].cut == Cut::by_outputs && is_wanted) sums.all_reduce.run(shards, shard.input_gradient(l));
  }
}

void forward_with_halves(Comm& shards, TensorShard& shard, const Collective& halves) {
  for (std::size_t l = 0; l < shard.layers().size(); ++l) {
    if (shard.is_split(l)) halves.all_gather.run(shards, l == 0 ? shard.restore_input(shards, l) : shard.input(l));
    shard.forward(shards, l);
    if (shard.layers()[l].cut == Cut::by_inputs) halves.reduce_scatter.run(shards, shard.output(l));
    shard.activate(shards, l);
  }
}

void backward_with_halves(Comm& shards, TensorShard& shard, const Collective& halves, bool is_last_there) {
  const auto gather = [&](Slice values) { halves.all_gather.run(shards, values); };
  const std::size_t end = shard.end();
  if (shard.has_after()) {
    shard.is_split(end) ? shard.restore_output_gradient(shards) : gather(shard.output_gradient(end - 1));
  }
  for (std::size_t l = end; l-- > 0;) {
    shard.activation_backward(shards, l);
    const Cut cut = shard.layers()[l].cut;
    if (cut == Cut::by_inputs && !shard.has_whole_gradient(l + 1)) gather(shard.output_gradient(l));
    const bool is_there = is_last_there && shard.has_whole_gradient(l);
    if (shard.is_split(l) && !is_there) gather(shard.restore_input(shards, l));
    shard.backward(shards, l);
    if (shard.is_split(l) && cut == Cut::by_outputs) halves.reduce_scatter.run(shards, shard.input_gradient(l));
  }
  shard.keep_input_gradient(shards);
}

// What passes a border is in parts, and gathered where it arrives: between pairs of which parts are kept, by the pair.
void TensorPart::forward(std::size_t m) {
  shard_.use(m);
  if (between_ == BetweenPairs::part) return forward_with_halves(shards_, shard_, sums_);
  if (chunk_.before >= 0) sums_.all_gather.run(shards_, shard_.input(0));
  forward_with_sums(shards_, shard_, sums_);
}

double TensorPart::loss(std::size_t m) {
  shard_.use(m);
  if (shard_.is_split(shard_.end())) sums_.all_gather.run(shards_, shard_.restore_input(shards_, shard_.end()));
  return shard_.loss(shards_);
}

// What other micro-batches have gathered since is in the place of what this one has.
void TensorPart::backward(std::size_t m, SlotWork) {
  shard_.use(m);
  if (between_ == BetweenPairs::part) return backward_with_halves(shards_, shard_, sums_, /*is_last_there=*/false);
  if (chunk_.after >= 0) sums_.all_gather.run(shards_, shard_.output_gradient(shard_.end() - 1));
  backward_with_sums(shards_, shard_, sums_, chunk_.before >= 0);
}

}  // namespace tandem
