// What exchanges share whose workers step on their own gradient and then make their parameters agree: local SGD, its
// relatives, gossip.
#pragma once

#include "algorithms/collectives/collective.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/optimizer.h"

namespace tandem {

/// Ends a step with an update of the worker's own parameters, then calls `agree`. Its row has GradientScale::own.
class LocalStep : public Exchange {
 public:
  explicit LocalStep(const Worker& worker)
      : job_(worker.job),
        replica_(worker.replica),
        optimizer_(worker.comm, job_.workload.optimizer, job_.model.parameters, job_.steps) {}

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    optimizer_.update(comm, replica_.parameters(), replica_.gradients(), step.number);
    agree(comm, step.number);
    return std::nullopt;
  }
  void describe(State& state) override { optimizer_.describe(state, 0, Copy::version); }

 protected:
  /// After every step. Afterwards the parameters are those that the next step begins with.
  virtual void agree(Comm& comm, std::size_t step) = 0;

  const Job& job_;
  Replica& replica_;

 private:
  Optimizer optimizer_;
};

/// Every rank's values become the mean over the ranks of `comm`.
inline void average(Comm& comm, const Collective& collective, Slice values) {
  collective.all_reduce.run(comm, values);
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes())}, [&] {
    float* mean = values.f32();
    for (std::size_t i = 0; i < values.count; ++i) mean[i] /= static_cast<float>(comm.size());
  });
}

}  // namespace tandem
