#include "algorithms/strategies/stage_part.h"

#include <algorithm>
#include <optional>

#include "algorithms/model/replica.h"
#include "algorithms/strategies/profile_part.h"
#include "algorithms/strategies/tensor_part.h"

namespace tandem {
namespace {

/// Whole layers. Micro-batches that are recomputed take turns with one set of inner layers.
class ReplicaPart : public StagePart {
 public:
  ReplicaPart(Comm& comm, const Job& job, const Chunk& chunk, int number, const std::vector<std::size_t>& samples)
      : comm_(comm), recompute_(job.strategy.get<PipelineOptions>().recompute), replica_(comm, job, chunk.layers) {
    std::size_t most = 0;
    for (std::size_t m = 0; m < samples.size(); ++m) {
      is_anew_.push_back(recomputes(recompute_, m, samples.size()));
      passes_.push_back(replica_.make_pass(samples[m], is_anew_[m] ? Inner::shared : Inner::own));
      passes_.back().name_microbatch(static_cast<int>(m), number);
      if (is_anew_[m]) most = std::max(most, samples[m]);
    }
    if (most > 0) inner_ = replica_.make_pass(most);
  }

  Slice parameters() override { return replica_.parameters(); }
  Slice gradients() override { return replica_.gradients(); }
  void describe(State& state, Optimizer& optimizer, Copy copy) override {
    const std::size_t offset = replica_.parameter_range().begin;
    state.add_parameters(offset, replica_.parameters(), copy);
    optimizer.describe(state, offset, copy);
  }

  void begin_step() override { replica_.begin_step(); }
  void load(std::size_t m, std::span<const std::uint32_t> rows) override { replica_.load(passes_[m], rows); }
  void forward(std::size_t m) override {
    if (is_anew_[m]) passes_[m].exchange_inner(*inner_);
    replica_.forward(comm_, passes_[m]);
    if (is_anew_[m]) passes_[m].exchange_inner(*inner_);
  }
  void begin_backward(std::size_t m) override {
    if (!is_anew_[m]) return;
    passes_[m].exchange_inner(*inner_);
    // What it sent may still be on its way.
    passes_[m].exchange_output(*inner_);
    replica_.forward(comm_, passes_[m]);
  }
  double loss(std::size_t m) override { return replica_.loss(comm_, passes_[m]); }
  void backward(std::size_t m, SlotWork work) override {
    if (work == SlotWork::backward_input) return replica_.backward_input(comm_, passes_[m]);
    if (work == SlotWork::backward_weight) return replica_.backward_weight(comm_, passes_[m]);
    replica_.backward(comm_, passes_[m]);
  }
  void end_backward(std::size_t m) override {
    if (!is_anew_[m]) return;
    passes_[m].exchange_output(*inner_);
    passes_[m].exchange_inner(*inner_);
  }

  Slice input(std::size_t m) override { return passes_[m].input(); }
  Slice output(std::size_t m) override { return passes_[m].output(); }
  Slice input_gradient(std::size_t m) override { return passes_[m].input_gradient(); }
  Slice output_gradient(std::size_t m) override { return passes_[m].output_gradient(); }

 private:
  Comm& comm_;
  Recompute recompute_;
  Replica replica_;
  std::vector<bool> is_anew_;  ///< which micro-batches are recomputed
  std::vector<Pass> passes_;
  std::optional<Pass> inner_;
};

}  // namespace

std::unique_ptr<StagePart> make_stage_part(Comm& shards, const Job& job, const Chunk& chunk, int number,
                                           const std::vector<std::size_t>& samples) {
  if (shards.size() == 1) return std::make_unique<ReplicaPart>(shards, job, chunk, number, samples);
  const BetweenPairs between = job.strategy.get<PipelineOptions>().sequence ? BetweenPairs::part : BetweenPairs::whole;
  const Collective& sums = collective_named("ring");
  if (!job.model.is_numeric()) return std::make_unique<ProfilePart>(shards, job, chunk, number, samples, sums, between);
  return std::make_unique<TensorPart>(shards, job, chunk, samples, sums, between);
}

}  // namespace tandem
