#include "algorithms/exchanges/exchange.h"

#include "algorithms/codecs/coding.h"
#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/worker_loop.h"
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
          label += fmt::format(" {}", format_quantity(static_cast<double>(options.bucket_bytes), Dimension::bytes));
        }
        if (options.accumulate != 1) label += fmt::format(" accumulate {}", options.accumulate);
        return label.empty() ? label : label.substr(1);
      });
}

// A server's stack goes before its Training does.
class LeaveGuard {
 public:
  explicit LeaveGuard(Training& training) : training_(training) {}
  ~LeaveGuard() { training_.leave(); }
  LeaveGuard(const LeaveGuard&) = delete;
  LeaveGuard& operator=(const LeaveGuard&) = delete;

 private:
  Training& training_;
};

// Runs this rank's roles: worker, server, or, where servers share the workers' hosts, the server on a second stack.
void run_roles(Comm& comm, const Job& job, Training& training, const ExchangeRow& row, const Layout& layout) {
  if (comm.rank() >= job.workers) return row.serve(comm, job, training, comm.rank() - job.workers);
  const bool serves = comm.rank() < layout.colocated_servers;
  if (!serves) return train_worker(comm, job, training, row);
  Training beside = training.beside();
  CommTask second = comm.spawn("server", [&](Comm& second_stack) {
    const LeaveGuard guard(beside);
    row.serve(second_stack, job, beside, layout.servers + second_stack.rank());
  });
  train_worker(comm, job, training, row);
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
  *traffic += collective_for_losses(job).all_reduce.traffic(shape_of(job, 1), rank) * steps.size();
  return traffic;
}

Facts facts_of(const ExchangeRow& row, const Choice& choice) {
  Facts facts = row.facts(choice);
  const CodecOption* option = choice.find<CodecOption>();
  if (option != nullptr && option->codec) facts.every_gradient_every_step = false;  // only what the codec keeps of it
  if (deaths_survived(choice) > 0) facts.needs_all_parts = false;
  return facts;
}

std::optional<Memory> memory_of(const ExchangeRow& row, const Job& job, int rank) {
  const bool is_coded = codec_choice(job) != nullptr;
  if (!row.memory || (is_coded && !row.coding_memory)) return std::nullopt;
  Memory memory = row.memory(job, rank);
  if (is_coded) memory.coding = row.coding_memory(job, rank);
  const auto parts = static_cast<std::size_t>(job.strategy.get<LoopOptions>().accumulate);
  if (parts == 1 || rank >= job.workers) return memory;
  const std::size_t samples = (largest_part(job, rank) + parts - 1) / parts;
  memory.activations = activations_of(job.model, all_layers(job.model), static_cast<double>(samples));
  return memory;
}

std::optional<std::string> refusal_of(const ExchangeRow& row, const Job& job) {
  if (std::optional<std::string> reason = codec_refusal(job)) return reason;
  return row.refusal ? row.refusal(job) : std::nullopt;
}

}  // namespace

Strategy data_parallel(ExchangeRow row) {
  if (!row.layout) row.layout = [](const Choice&, int workers) { return Layout{.ranks = workers}; };
  Strategy strategy{.name = row.name,
                    .doc = row.doc,
                    .paper = row.paper,
                    .options = row.options,
                    .is_exchange = true,
                    .facts = [row](const Choice& choice) { return facts_of(row, choice); },
                    .layout = row.layout,
                    .refusal = [row](const Job& job) { return refusal_of(row, job); },
                    .without_overlap = without_overlap};
  if (row.picks) strategy.picks = row.picks;
  // The collective comes first in the label, then how the loop hands over, then what the exchange adds.
  const bool sums = !row.options.empty() && key_names(row.options.front()).front() == "collective";
  strategy.options.insert(strategy.options.begin() + (sums ? 1 : 0), loop_options());
  strategy.traffic = [row](const Job& job, int rank, StepRange steps) { return with_losses(row, job, rank, steps); };
  strategy.memory = [row](const Job& job, int rank) { return memory_of(row, job, rank); };
  strategy.run = [row](Comm& comm, const Job& job, Training& training) {
    run_roles(comm, job, training, row, row.layout(job.strategy, job.workers));
  };
  return strategy;
}

}  // namespace tandem
