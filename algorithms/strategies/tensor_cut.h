// How tensor parallelism cuts layers. They come in pairs: the first is cut by its outputs (the columns of the
// textbook's weight matrix), the second by its inputs (the rows), so that between the two nothing is exchanged. A last
// layer without a partner is on every rank.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "algorithms/job.h"
#include "algorithms/strategies/memory.h"
#include "algorithms/training.h"

namespace tandem {

/// What a rank keeps of the activations that one pair hands to the next, from forward to backward.
enum class BetweenPairs {
  whole,
  part,  ///< even_part(values, ranks, rank); all of them pass through one room that pairs share
};

enum class Cut { by_outputs, by_inputs, none };

/// A rank's share of a layer. `offset` counts in the rank's own parameters: weights (outputs x inputs, row-major), then
/// biases. Where the layer is cut by its inputs every rank adds up a part of each output; rank 0 alone has the biases,
/// the others zeros.
struct ShardLayer {
  const Layer* whole = nullptr;
  Cut cut = Cut::none;
  Range part;  ///< the whole layer's outputs or inputs that the rank holds
  std::size_t inputs = 0, outputs = 0, offset = 0;
  double share = 1;  ///< the part of the whole layer's flops

  std::size_t parameters() const { return (inputs + 1) * outputs; }
};

/// How these layers are shared among `ranks`, in pairs from the first; offsets count in `rank`'s own parameters.
std::vector<ShardLayer> shard_layers(const Model& model, Range layers, int ranks, int rank);
/// How many of their parameters a rank has: of a profile, an even part.
std::size_t parameters_of_shard(const Model& model, Range layers, int ranks, int rank);
/// Adds the pieces of the model that `values`, the parameters of one of these shares, are.
void describe_shard(State& state, const std::vector<ShardLayer>& shards, Slice values, int rank, Copy copy);

/// What a rank moves or keeps of a layer of a profile, of so many samples.
double bytes_of_shard(const LayerBytes& bytes, double samples, int ranks, BetweenPairs between);

/// What it keeps of these layers, in pairs from the first.
double activations_of_shard(const Model& model, Range layers, double samples, int ranks, BetweenPairs between);

/// What the job's rank holds. Sequence parallelism keeps a part of what lies between pairs, and has room for one.
Memory memory_of_shard(const Job& job, int rank, BetweenPairs between);

/// Why heads cannot be dealt out whole, for people; empty when they can.
std::optional<std::string> refusal_of_heads(const Model& model, int ranks);
/// Why the job's model cannot be cut so, for people; empty when it can.
std::optional<std::string> refusal_of_cut(const Job& job, Range layers, int ranks);

}  // namespace tandem
