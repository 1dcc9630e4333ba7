// An exchange is how the replicas of data-parallel training come to agree: by a collective, by servers, by averaging
// now and then. The worker's loop (data_parallel.cpp) is written once and calls it; noise, buckets, overlap,
// accumulation, recording, snapshots and stop.loss come from the loop. One exchange is one file, which ends with
//
//   Strategy local_sgd() { return data_parallel({.name = "local-sgd", ...}); }
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "algorithms/model/replica.h"
#include "algorithms/strategies/strategy.h"

namespace tandem {

/// A step of a worker, as far as it has come.
struct Step {
  std::size_t number = 0;
  double loss = 0;  ///< this worker's share of the mean over the global batch
};

/// One worker's side of an exchange. Built before the first step, on the worker's own stack.
class Exchange {
 public:
  virtual ~Exchange() = default;

  /// Whether this worker computes in this step; if not, the step goes on with end_step.
  virtual bool takes_part([[maybe_unused]] std::size_t step) { return true; }
  /// Before the forward pass through a layer: what gathers or awaits its parameters.
  virtual void before_layer([[maybe_unused]] Comm& comm, [[maybe_unused]] std::size_t layer) {}
  /// Before the backward pass through a layer: the same.
  virtual void before_backward([[maybe_unused]] Comm& comm, [[maybe_unused]] std::size_t layer) {}
  /// The gradients of a bucket of layers are complete; buckets come last layer first. With overlap, `stack` is a second
  /// stack that runs beside the rest of the backward pass; whatever is posted there must be awaited there.
  virtual void gradients_ready([[maybe_unused]] Comm& stack, [[maybe_unused]] const Step& step,
                               [[maybe_unused]] Range layers) {}
  /// After the last bucket, on the same stack.
  virtual void gradients_done([[maybe_unused]] Comm& stack) {}
  /// Withdraws what is still posted on the stack: the loop calls it when handing over ends, by whatever way.
  virtual void withdraw([[maybe_unused]] Comm& stack) {}
  /// The gradients are complete and handed over. Afterwards the replica's parameters are those of the next step.
  /// Returns whether training ends; nothing where the exchange does not know, then the loop asks all workers for their
  /// losses.
  virtual std::optional<bool> end_step(Comm& comm, const Step& step) = 0;
  /// How many steps of the run are done once this one is: more than `step` says where others take some without this
  /// worker, whose own it counts.
  virtual std::size_t steps_done(const Step& step) const { return step.number + 1; }
  /// How many this worker had taken itself when so many were done, once the state is restored.
  virtual std::size_t own_steps(std::size_t done) const { return done; }
  /// Adds what the exchange keeps from step to step, besides the replica's parameters.
  virtual void describe([[maybe_unused]] State& state) {}
};

/// What an exchange is made from; all of it outlives the exchange.
struct Worker {
  Comm& comm;
  const Job& job;
  Replica& replica;
};

/// What the gradients in the replica are before the exchange.
enum class GradientScale {
  share,  ///< they sum over workers to the gradient of the mean over the global batch
  own,    ///< each is the gradient of the mean over the worker's own samples
};

struct ExchangeRow {
  std::string_view name;
  std::string_view doc;
  std::string_view paper;
  std::vector<OptionTable> options = {};  ///< its own; the loop's are added
  GradientScale scale = GradientScale::share;
  Copy worker_copies =
      Copy::replica;             ///< what the workers' parameters are, rank 0's excepted where no server owns them
  bool describes_model = false;  ///< Exchange::describe adds the run's parameters: they are not the replicas'
  std::function<Facts(const Choice& choice)> facts;
  std::function<std::unique_ptr<Exchange>(const Worker& worker)> make;
  /// A server's whole run; absent: rank 0 owns the parameters. Like the worker's loop it calls Training::begin once its
  /// state is described, and checkpoint_if_due when all workers have ended a step.
  std::function<void(Comm& comm, const Job& job, Training& training, int server)> serve = {};
  std::function<Layout(const Choice& choice, int workers)> layout = {};  ///< absent: workers only
  std::function<std::optional<std::string>(const Job& job)> refusal = {};
  /// The traffic of the exchange alone: the loop adds what stop.loss costs where end_step returns nothing.
  std::function<std::optional<Traffic>(const Job& job, int rank, StepRange steps)> traffic;
  /// What a rank holds, but for what a codec takes; absent: nobody knows.
  std::function<Memory(const Job& job, int rank)> memory = {};
  /// The bytes that a codec takes; absent: nobody knows. Only asked with a codec.
  std::function<double(const Job& job, int rank)> coding_memory = {};
  bool asks_losses = true;  ///< end_step returns nothing
  std::function<std::string(const Job& job)> picks = {};
};

/// The strategy that trains by this exchange.
Strategy data_parallel(ExchangeRow row);

/// The options of the worker's loop, which every exchange has.
struct LoopOptions {
  std::size_t bucket_bytes = 0;  ///< gradients are handed over in pieces of whole layers up to this; 0: unset
  bool overlap = false;          ///< they are handed over while the backward pass goes on
  int accumulate = 1;  ///< parts of a worker's batch that are computed one after the other before the exchange
};

}  // namespace tandem
