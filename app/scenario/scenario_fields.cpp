#include "app/scenario/scenario_fields.h"

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/strategy.h"
#include "app/scenario/cluster_fields.h"
#include "app/scenario/workload_fields.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

Type<std::string> collective_name() {
  std::vector<std::string> names;
  for (const Collective& collective : collectives()) names.emplace_back(collective.name);
  return choice_of(names);
}

/// Names, docs and options come from the registry: a new strategy needs a row here only for a new option.
Mapping<StrategySpec> strategy_fields() {
  using S = StrategySpec;
  std::vector<Variant> variants;
  std::vector<std::string> names;
  for (const Strategy& strategy : strategies()) {
    names.emplace_back(strategy.name);
    variants.push_back({names.back(), std::string(strategy.doc), {strategy.options.begin(), strategy.options.end()}});
  }
  return Mapping<S>()
      .key("name", &S::name, choice_of(names), "the strategy")
      .required()
      .key("collective", &S::collective, collective_name(), "how gradients are summed")
      .key("bucket", &S::bucket_bytes,
           unless<std::size_t>(0, quantity<std::size_t>(Dimension::bytes, between(4, kMostBytes))),
           "gradients are reduced in pieces of whole layers up to this size")
      .otherwise("all layers at once; with overlap, each layer")
      .key("overlap", &S::overlap, flag(), "reduce a layer's gradients while the backward pass goes on")
      .key("servers", &S::servers, whole<int>(between(1, kMostRanks)),
           "parameter servers, parameters sharded evenly over them; not counted in cluster.workers")
      .key("placement", &S::placement,
           choice<Placement>({{"dedicated", Placement::dedicated}, {"colocated", Placement::colocated}}),
           "servers on hosts of their own, or on the workers' hosts")
      .key("staleness", &S::staleness, maybe(whole<int>(between(0, 1e6))),
           "stale-synchronous bound: how many clocks a worker may be ahead of the slowest")
      .otherwise("unbounded")
      .key("microbatches", &S::microbatches, whole<int>(between(1, 1e6)), "parts that a batch is cut into")
      .key("recompute", &S::recompute,
           choice<Recompute>(
               {{"none", Recompute::none}, {"all", Recompute::all}, {"except-last", Recompute::except_last}}),
           "micro-batches that keep no activations and go forward again before they go back (activation checkpointing)")
      .variants("name", std::move(variants));
}

Mapping<FigureSpec> figure_fields() {
  using F = FigureSpec;
  return Mapping<F>()
      .key("figure", &F::figure, choice_of({"scaling", "breakdown", "loss", "staleness", "comparison"}),
           "scaling: y against x, one curve a series; breakdown: compute, communication and idle time; loss: loss "
           "against steps or seconds; staleness: how stale updates were; comparison: measured and predicted step time "
           "against x, and the error")
      .required()
      .key("x", &F::x, text(), "a column of runs.csv or a key of the grid; loss: step or time_s")
      .otherwise("workers; loss: both, side by side")
      .key("y", &F::y, text(), "a column of runs.csv; breakdown: step_s or share, of the step in percent")
      .otherwise("samples_per_s; breakdown: step_s")
      .key("series", &F::series, text(), "a column of runs.csv or a key of the grid: one curve for each value")
      .otherwise("strategy, and world where it varies")
      .key("ideal", &F::ideal, flag(), "scaling: draw the ideal line from the fewest workers, which are x or series");
}

Mapping<Draft> make_scenario_fields() {
  using D = Draft;
  return Mapping<D>()
      .key("tandem", &D::version, whole<int>(between(1, 1)), "the version of this format: 1")
      .required()
      .key("name", &D::name, text(), "what results are filed under: letters, digits, '-', '_' and '.'")
      .required()
      .key("question", &D::question, text(), "what the scenario asks, in one sentence")
      .required()
      .key("seed", &D::seed, whole<std::uint64_t>(between(0, kLargestSeed)),
           "of initial parameters, shuffling and synthetic data")
      .group("workload", workload_fields(), "what is trained, and how long")
      .required()
      .key("strategy", &D::strategy, strategy_fields().type(), "how ranks share the work")
      .otherwise("{name: allreduce}")
      .key("world", &D::world, choice_of({"threads", "tcp", "mpi", "sim"}),
           "what ranks are: threads, processes joined by sockets, MPI processes, or simulated")
      .key("cluster", &D::cluster, cluster_fields().type(), "the hosts and what joins them")
      .group(
          "sim",
          Mapping<D>()
              .key("payload", &D::payload,
                   choice<Payload>({{"numeric", Payload::numeric}, {"phantom", Payload::phantom}}),
                   "numeric: real gradients; phantom: sizes only, no memory and no arithmetic")
              .otherwise("numeric; phantom for a profile model")
              .key("fidelity", &D::fidelity, choice<Fidelity>({{"full", Fidelity::full}, {"coarse", Fidelity::coarse}}),
                   "full: every message; coarse: a ring's rounds in blocks, for thousands of ranks (phantom payload)"),
          "how the sim world simulates; other worlds pass over it")
      .key("timeout", &D::timeout_s, quantity(Dimension::time, above(0, 1e6)),
           "of joining and of every single wait in a real world")
      .key("trace", &D::trace, flag(), "write trace.json, for ui.perfetto.dev")
      .key("save_parameters", &D::save_parameters, flag(),
           "write parameters.f32: float32, little-endian, layer by layer")
      .key("sweep", &D::sweep, sweep_fields().type(), "runs for every combination of values")
      .key("report", &D::figures, report_fields(), "the figures to draw");
}

}  // namespace

const Mapping<Sweep>& sweep_fields() {
  static const Mapping<Sweep> kFields =
      Mapping<Sweep>()
          .key("grid", &Sweep::grid, any_mapping(),
               "dotted key -> list of values; every combination is run, the first key varies slowest")
          .key("repeat", &Sweep::repeat, whole<int>(between(1, 1000)), "how often each point is run");
  return kFields;
}

const Type<std::vector<FigureSpec>>& report_fields() {
  static const Type<std::vector<FigureSpec>> kFields = list_of(figure_fields().type(), between(0, 100));
  return kFields;
}

const Mapping<Draft>& scenario_fields() {
  static const Mapping<Draft> kFields = make_scenario_fields();
  return kFields;
}

}  // namespace tandem
