// Elastic averaging SGD, its synchronous form (Zhang, Choromanska and LeCun, "Deep learning with elastic averaging
// SGD", NIPS 2015): every `period` steps, and after the last, an elastic force moves each worker's x towards the centre
// c and the centre towards the workers: d = a (x - c), x -= d, c += the sum of d. So the sum of all x and c stays the
// same. With `elasticity` b, a = b/n: the centre keeps 1 - b of itself. Workers are never made equal, and explore on.
//
//   cost of a step: compute/n + the collective's cost for the model's bytes, divided by the period
//   room: two copies of the parameters, the centre and what is summed
//
// Every worker keeps the centre, which is the run's model, and they all move it alike.
#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

struct ElasticOptions {
  double elasticity = 0.9;
};

class Easgd : public LocalStep {
 public:
  explicit Easgd(const Worker& worker)
      : LocalStep(worker),
        is_first_(worker.comm.rank() == 0),
        sum_(worker.comm, job_, {0, job_.model.parameters}),
        centre_(initial_buffer(worker.comm, job_, {0, job_.model.parameters})),
        moves_(worker.comm.make_buffer(job_.model.parameters)) {}

  void describe(State& state) override {
    LocalStep::describe(state);
    sum_.describe(state);
    state.add_parameters(0, centre_, is_first_ ? Copy::owned : Copy::replica);
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    if (!is_due(job_, step)) return;
    const auto rate =
        static_cast<float>(job_.strategy.get<ElasticOptions>().elasticity / static_cast<double>(job_.workers));
    const Slice parameters = replica_.parameters(), centre = centre_, moves = moves_;
    comm.compute({.memory_bytes = 4.0 * static_cast<double>(parameters.bytes())}, [&] {
      float *x = parameters.f32(), *move = moves.f32();
      for (std::size_t i = 0; i < parameters.count; ++i) {
        move[i] = rate * (x[i] - centre.f32()[i]);
        x[i] -= move[i];
      }
    });
    sum_.run(comm, step, moves);
    accumulate(comm, centre, moves);
  }

  bool is_first_;
  CodedSum sum_;
  Buffer centre_, moves_;
};

OptionTable elastic_options() {
  return option_table<ElasticOptions>(
      Mapping<ElasticOptions>().key("elasticity", &ElasticOptions::elasticity, number(above(0, 1)),
                                    "how far the centre moves towards the workers' mean"),
      +[](const ElasticOptions& options) { return fmt::format("b={:g}", options.elasticity); });
}

}  // namespace

Strategy easgd() {
  return data_parallel(
      {.name = "easgd",
       .doc = "workers step alone; an elastic force ties them to a centre once a period",
       .paper = "Zhang, Choromanska and LeCun 2015",
       .options = {collective_option(), codec_option(), period_option(), elastic_options()},
       .scale = GradientScale::own,
       .worker_copies = Copy::version,
       .describes_model = true,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .replicas_agree = false}; },
       .make = [](const Worker& worker) { return std::make_unique<Easgd>(worker); },
       .refusal = refuse_stop_at_loss,
       .traffic = traffic_of_averages,
       .memory = [](const Job& job, int rank) { return worker_memory(job, rank, 2); },
       .coding_memory = memory_of_coded_moves});
}

}  // namespace tandem::strategies
