// What exchanges share whose workers step on their own gradient and then make their parameters agree: local SGD, its
// relatives, gossip.
#pragma once

#include "algorithms/exchanges/coded_average.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/optimizer.h"

namespace tandem {

/// A worker with an optimizer for all parameters of its own replica. Its row has GradientScale::own.
class OwnStep : public Exchange {
 public:
  explicit OwnStep(const Worker& worker)
      : job_(worker.job),
        replica_(worker.replica),
        optimizer_(worker.comm, job_.workload.optimizer, job_.model.parameters, job_.steps) {}

  void describe(State& state) override { optimizer_.describe(state, 0, Copy::version); }

 protected:
  /// Takes the step of the worker's own gradient.
  void take_step(Comm& comm, const Step& step) {
    optimizer_.update(comm, replica_.parameters(), replica_.gradients(), step.number);
  }

  const Job& job_;
  Replica& replica_;

 private:
  Optimizer optimizer_;
};

/// Ends a step with the worker's own, then calls `agree`.
class LocalStep : public OwnStep {
 public:
  using OwnStep::OwnStep;

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    take_step(comm, step);
    agree(comm, step.number);
    return std::nullopt;
  }

 protected:
  /// After every step. Afterwards the parameters are those that the next step begins with.
  virtual void agree(Comm& comm, std::size_t step) = 0;
};

/// How often workers agree: after every `period`-th step, and after the last.
struct PeriodOption {
  std::size_t period = 8;
};
OptionTable period_option();
std::size_t period_of(const Job& job);
bool is_due(const Job& job, std::size_t step);
/// How many steps of the range are due.
std::size_t count_due(const Job& job, Range steps);
/// How far a worker moves to the mean that it hears of.
struct ConsensusOption {
  double rate = 1;
};
OptionTable consensus_option();

/// Why not with stop.loss, for people.
std::optional<std::string> refuse_stop_at_loss(const Job& job);

/// The traffic of an exchange that sums all parameters whenever workers agree.
std::optional<Traffic> traffic_of_averages(const Job& job, int rank, Range steps);

}  // namespace tandem
