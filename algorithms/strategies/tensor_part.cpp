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

// What passes a border is in parts, and gathered where it arrives.
void TensorPart::forward(std::size_t m) {
  shard_.use(m);
  if (chunk_.before >= 0) sums_.all_gather.run(shards_, shard_.input(0));
  forward_with_sums(shards_, shard_, sums_);
}

void TensorPart::backward(std::size_t m, SlotWork) {
  shard_.use(m);
  if (chunk_.after >= 0) sums_.all_gather.run(shards_, shard_.output_gradient(last_));
  backward_with_sums(shards_, shard_, sums_, chunk_.before >= 0);
}

}  // namespace tandem
