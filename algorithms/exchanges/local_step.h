// What exchanges share whose workers step on their own gradient and then make their parameters agree: local SGD, its
// relatives, gossip.
#pragma once

#include "algorithms/exchanges/coded_average.h"
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

/// How often workers agree: after every `period`-th step, and after the last.
struct PeriodOption {
  std::size_t period = 8;
};
OptionTable period_option();
bool is_due(const Job& job, std::size_t step);
/// How many steps of the range are due.
std::size_t count_due(const Job& job, Range steps);
/// Why not with stop.loss, for people.
std::optional<std::string> refuse_stop_at_loss(const Job& job);

/// The traffic of an exchange that sums all parameters whenever workers agree.
std::optional<Traffic> traffic_of_averages(const Job& job, int rank, Range steps);

}  // namespace tandem
