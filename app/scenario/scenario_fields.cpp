#include "app/scenario/scenario_fields.h"

#include "algorithms/strategies/strategy.h"
#include "app/scenario/cluster_fields.h"
#include "app/scenario/workload_fields.h"
#include "core/config/limits.h"
#include "core/config/options.h"

namespace tandem {
namespace {

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
      .key("ideal", &F::ideal, flag(),
           "scaling: draw the ideal line from the fewest workers; workers are x or the series");
}

Mapping<Draft> make_scenario_fields() {
  using D = Draft;
  return Mapping<D>()
      .key("tandem", &D::version, whole<int>(between(1, 1)), "the version of this format: 1")
      .required()
      .key("name", &D::name, text(), "the name of the results' folder: letters, digits, '-', '_' and '.'")
      .required()
      .key("question", &D::question, text(), "what the scenario asks, in one sentence")
      .required()
      .key("seed", &D::seed, whole<std::uint64_t>(between(0, kLargestSeed)),
           "seed of the initial parameters, of shuffling and of synthetic data")
      .group("workload", workload_fields(), "what is trained, and how long")
      .required()
      .key("strategy", &D::strategy, choice_among(strategy_alternatives(), "the strategy", /*name_alone=*/true),
           "how the ranks share the work")
      .otherwise("{name: allreduce}")
      .key("world", &D::world, choice_of(names_of(all_worlds())),
           "what ranks are: threads, processes joined by sockets, MPI processes, or simulated")
      .key("cluster", &D::cluster, cluster_fields().type(), "the hosts and what joins them")
      .group(
          kSimulationKey,
          Mapping<D>()
              .key("payload", &D::payload,
                   choice<Payload>({{"numeric", Payload::numeric}, {"phantom", Payload::phantom}}),
                   "numeric: real gradients; phantom: sizes only, no memory and no arithmetic")
              .otherwise("numeric; phantom for a profile model")
              .key("fidelity", &D::fidelity, choice<Fidelity>({{"full", Fidelity::full}, {"coarse", Fidelity::coarse}}),
                   "full: every message; coarse: a ring's rounds in blocks, for thousands of ranks (phantom payload)"),
          "how the sim world simulates; other worlds ignore it")
      .key("timeout", &D::timeout_s, quantity(Dimension::time, above(0, 1e6)),
           "limit on joining and on every single wait, in real worlds")
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
          .key("repeat", &Sweep::repeat, whole<int>(between(1, 1000)), "number of runs of each point");
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
