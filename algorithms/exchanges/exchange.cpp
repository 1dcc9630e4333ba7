#include "algorithms/exchanges/exchange.h"

#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/collective_option.h"
#include "algorithms/strategies/local_gradient.h"
#include "core/config/options.h"

namespace tandem {
namespace {

OptionTable loop_options() {
  using L = LoopOptions;
  return option_table<L>(
      Mapping<L>()
          .key("bucket", &L::bucket_bytes,
               unless<std::size_t>(0, quantity<std::size_t>(Dimension::bytes, between(4, kMostBytes))),
               "gradients are handed over in pieces of whole layers up to this size")
          .otherwise("all layers at once; with overlap, each layer")
          .key("overlap", &L::overlap, flag(), "hand over a layer's gradients while the backward pass goes on")
          .key("accumulate", &L::accumulate, whole<int>(between(1, 1e6)),
               "parts of a worker's batch that are computed one after the other, with one exchange for all"),
      +[](const L& options) {
        std::string label = options.overlap ? " overlap" : "";
        if (options.bucket_bytes != 0) {
          label += " " + format_quantity(static_cast<double>(options.bucket_bytes), Dimension::bytes);
        }
        if (options.accumulate != 1) label += fmt::format(" accumulate {}", options.accumulate);
        return label.empty() ? label : label.substr(1);
      });
}

// Whatever ends the handing over of gradients, no peer may write to the replica afterwards.
class WithdrawGuard {
 public:
  WithdrawGuard(Exchange& exchange, Comm& stack) : exchange_(exchange), stack_(stack) {}
  ~WithdrawGuard() { exchange_.withdraw(stack_); }
  WithdrawGuard(const WithdrawGuard&) = delete;
  WithdrawGuard& operator=(const WithdrawGuard&) = delete;

 private:
  Exchange& exchange_;
  Comm& stack_;
};

// Computes one part of a worker's batch; the exchange gets the gradients with the last.
class Backward {
 public:
  Backward(Exchange& exchange, Replica& replica, const std::vector<Range>& buckets)
      : exchange_(exchange), replica_(replica), buckets_(buckets) {}

  void then_hand_over(Comm& comm, Pass& pass, const Step& step) {
    replica_.backward(comm, pass);
    const WithdrawGuard guard(exchange_, comm);
    for (const Range& bucket : buckets_) exchange_.gradients_ready(comm, step, bucket);
    exchange_.gradients_done(comm);
  }

  // The second stack takes the buckets in order, each when it hears that the bucket's gradients are complete.
  void beside_hand_over(Comm& comm, Pass& pass, const Step& step) {
    constexpr int kBucketReady = 1;
    CommTask exchanger = comm.spawn("exchanger", [&](Comm& second_stack) {
      const WithdrawGuard guard(exchange_, second_stack);
      for (const Range& bucket : buckets_) {
        second_stack.await_notification(kBucketReady);
        exchange_.gradients_ready(second_stack, step, bucket);
      }
      exchange_.gradients_done(second_stack);
    });
    std::vector<Op> ready;
    for (const Range& bucket : buckets_) {
      for (std::size_t layer = bucket.end; layer-- > bucket.begin;) replica_.backward(comm, pass, layer);
      ready.push_back(comm.notify(kBucketReady));
    }
    exchanger.join();
    comm.wait_all(ready);
  }

 private:
  Exchange& exchange_;
  Replica& replica_;
  const std::vector<Range>& buckets_;
};

const Collective& loss_collective(const Job& job) {
  return collective_named(job.strategy.find<CollectiveOption>() ? job.strategy.get<CollectiveOption>().name : "ring");
}

bool all_are_low_enough(Comm& comm, const Job& job, double loss_share) {
  if (!job.workload.stop.loss) return false;
  const Buffer loss = comm.make_buffer(1);
  if (!loss.slice().is_phantom()) loss.slice().f32()[0] = static_cast<float>(loss_share);
  loss_collective(job).all_reduce.run(comm, loss);
  return !loss.slice().is_phantom() && is_low_enough(job, loss.slice().f32()[0]);
}

void work(Comm& comm, const Job& job, Training& training, const ExchangeRow& row) {
  const LoopOptions& options = job.strategy.get<LoopOptions>();
  const std::vector<Range> buckets = plan_buckets(job.model, options);
  const auto parts = static_cast<std::size_t>(options.accumulate);
  Replica replica(comm, job, all_layers(job.model));
  Pass pass = replica.make_pass((largest_part(job, comm.rank()) + parts - 1) / parts);
  const std::unique_ptr<Exchange> exchange = row.make({comm, job, replica});
  const bool owns = !row.serve && comm.rank() == 0;
  training.state().add_parameters(0, replica.parameters(), owns ? Copy::owned : row.worker_copies);
  exchange->describe(training.state());
  Backward backward(*exchange, replica, buckets);
  std::optional<bool> ends;

  training.each_step(
      comm, job.steps,
      [&](std::size_t number) {
        const std::vector<std::uint32_t> rows = job.batches.part(number, comm.rank());
        const std::size_t mean_over = row.scale == GradientScale::own ? rows.size() : job.batches.global_batch();
        Step step{.number = number};
        replica.begin_step();
        for (std::size_t part = 0; part < parts; ++part) {
          const Range range = even_part(rows.size(), parts, part);
          replica.load(pass, std::span(rows).subspan(range.begin, range.size()));
          for (std::size_t layer = 0; layer < job.model.layers.size(); ++layer) {
            exchange->before_layer(comm, layer);
            replica.forward(comm, pass, layer);
          }
          step.loss += replica.loss(comm, pass, mean_over);
          if (part + 1 < parts) {
            replica.backward(comm, pass);
          } else if (options.overlap) {
            backward.beside_hand_over(comm, pass, step);
          } else {
            backward.then_hand_over(comm, pass, step);
          }
        }
        ends = exchange->end_step(comm, step);
        return StepEnd{.loss = step.loss, .samples = rows.size()};
      },
      [&](std::size_t, const StepEnd& end) { return ends ? *ends : all_are_low_enough(comm, job, end.loss); });
}

// Runs this rank's roles: worker, server, or, where servers share the workers' hosts, the server on a second stack.
void run_roles(Comm& comm, const Job& job, Training& training, const ExchangeRow& row, const Layout& layout) {
  if (comm.rank() >= job.workers) return row.serve(comm, job, training, comm.rank() - job.workers);
  const bool serves = !layout.servers_have_hosts && comm.rank() < layout.servers;
  if (!serves) return work(comm, job, training, row);
  Training beside = training.beside();
  CommTask second =
      comm.spawn("server", [&](Comm& second_stack) { row.serve(second_stack, job, beside, second_stack.rank()); });
  work(comm, job, training, row);
  second.join();
  training.absorb(std::move(beside));
}

std::optional<Choice> without_overlap(const Choice& choice) {
  if (!choice.get<LoopOptions>().overlap) return std::nullopt;
  Choice sequential = choice;
  sequential.edit<LoopOptions>().overlap = false;
  return sequential;
}

std::optional<Traffic> with_losses(const ExchangeRow& row, const Job& job, int rank, StepRange steps) {
  std::optional<Traffic> traffic = row.traffic(job, rank, steps);
  if (!traffic || !row.asks_losses || !job.workload.stop.loss) return traffic;
  *traffic += loss_collective(job).all_reduce.traffic({.size = job.workers, .count = 1}, rank) * steps.size();
  return traffic;
}

}  // namespace

Strategy data_parallel(ExchangeRow row) {
  if (!row.layout) row.layout = [](const Choice&, int workers) { return Layout{.ranks = workers}; };
  Strategy strategy{.name = row.name,
                    .doc = row.doc,
                    .paper = row.paper,
                    .options = row.options,
                    .is_exchange = true,
                    .facts = row.facts,
                    .layout = row.layout,
                    .refusal = row.refusal,
                    .without_overlap = without_overlap};
  if (!strategy.refusal) strategy.refusal = [](const Job&) { return std::optional<std::string>(); };
  if (row.picks) strategy.picks = row.picks;
  // The collective comes first in the label, then how the loop hands over, then what the exchange adds.
  const bool sums = !row.options.empty() && key_names(row.options.front()).front() == "collective";
  strategy.options.insert(strategy.options.begin() + (sums ? 1 : 0), loop_options());
  strategy.traffic = [row](const Job& job, int rank, StepRange steps) { return with_losses(row, job, rank, steps); };
  strategy.run = [row](Comm& comm, const Job& job, Training& training) {
    run_roles(comm, job, training, row, row.layout(job.strategy, job.workers));
  };
  return strategy;
}

}  // namespace tandem
