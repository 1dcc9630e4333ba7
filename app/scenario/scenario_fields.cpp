#include "app/scenario/scenario_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <type_traits>

#include "algorithms/strategies/strategy.h"
#include "app/figures/figure_kind.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/scenario/cluster_fields.h"
#include "app/scenario/elastic_fields.h"
#include "app/scenario/membership_fields.h"
#include "app/scenario/recovery_fields.h"
#include "app/scenario/workload_fields.h"
#include "core/config/limits.h"
#include "core/config/options.h"

namespace tandem {
namespace {

/// Options are kept as they are written; what they may say is checked once the columns that they may name are known.
auto figure_option(std::string name) {
  return [name](auto& figure) -> auto& {
    for (auto& [key, value] : figure.options) {
      if (key == name) return value;
    }
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(figure)>>) {
      static const std::string kAbsent;
      return kAbsent;
    } else {
      return figure.options.emplace_back(name, "").second;
    }
  };
}

Type<std::string> flag_as_text() {
  const TypeInfo info{.shape = Shape::flag};
  const auto read = [info](const Value& value, Reader& reader, std::string& into) {
    bool is_on = into == "true";
    read_flag(value, info, reader, is_on);
    into = is_on ? "true" : "false";
  };
  return {info, read, [](const std::string& held) { return held.empty() ? Json() : Json(held == "true"); }};
}

/// "a: ...; b, c: ...": what a key means to each kind of figure that has it.
std::string by_kind(std::string_view key, std::string_view FigureKey::*text) {
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> kinds_of_text;
  for (const FigureKind& kind : figure_kinds()) {
    for (const FigureKey& option : kind.keys) {
      if (option.name != key) continue;
      auto known = std::find_if(kinds_of_text.begin(), kinds_of_text.end(),
                                [&](const auto& held) { return held.first == option.*text; });
      if (known == kinds_of_text.end()) known = kinds_of_text.insert(known, {option.*text, {}});
      known->second.push_back(kind.name);
    }
  }
  if (kinds_of_text.size() == 1) return std::string(kinds_of_text.front().first);
  std::vector<std::string> parts;
  for (const auto& [said, kinds] : kinds_of_text) parts.push_back(fmt::format("{}: {}", fmt::join(kinds, ", "), said));
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// Kinds, their keys and their documentation come from the rows of app/figures.
Mapping<FigureSpec> figure_fields() {
  std::vector<Variant> variants;
  std::vector<std::string> docs;
  for (const FigureKind& kind : figure_kinds()) {
    Variant& variant = variants.emplace_back(Variant{std::string(kind.name), std::string(kind.doc), {}});
    for (const FigureKey& key : kind.keys) variant.keys.emplace_back(key.name);
    docs.push_back(fmt::format("{}: {}", kind.name, kind.doc));
  }
  Mapping<FigureSpec> fields;
  fields.key("figure", &FigureSpec::figure, choice_of(figure_kinds().names()), fmt::format("{}", fmt::join(docs, "; ")))
      .required();
  std::set<std::string_view> added;
  for (const FigureKind& kind : figure_kinds()) {
    for (const FigureKey& key : kind.keys) {
      if (!added.insert(key.name).second) continue;
      const std::string name(key.name);
      fields.key(name, figure_option(name), key.is_flag ? flag_as_text() : text(), by_kind(name, &FigureKey::doc))
          .otherwise(by_kind(name, &FigureKey::otherwise));
    }
  }
  return fields.variants("figure", std::move(variants));
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
      .key("fallback", &D::fallback, maybe(choice_of(names_of(all_worlds()))),
           "the world that takes the place of one in which this machine cannot offer the cluster, such as tcp with "
           "emulate where user namespaces are forbidden; links are then not emulated, and the figures say so")
      .otherwise("none")
      .key("cluster", &D::cluster, cluster_fields().type(), "the hosts and their network")
      .group(
          kSimulationKey,
          Mapping<D>()
              .key("payload", &D::payload,
                   choice<Payload>({{"numeric", Payload::numeric}, {"phantom", Payload::phantom}}),
                   "numeric: real gradients; phantom: sizes only, no memory and no arithmetic")
              .otherwise("numeric; phantom for a profile model")
              .key("fidelity", &D::fidelity, choice<Fidelity>({{"full", Fidelity::full}, {"coarse", Fidelity::coarse}}),
                   "full: every message; coarse: rounds that repeat in blocks, for thousands of ranks")
              .key("network", &D::flows,
                   choice<FlowModel>({{"tandem", FlowModel::tandem}, {"simgrid", FlowModel::simgrid}}),
                   "who lets messages share links: tandem; or simgrid, each message a flow of its own: slow, to check "
                   "the other"),
          "how the sim world simulates; other worlds ignore it")
      .key("timeout", &D::timeout_s, quantity(Dimension::time, above(0, 1e6)),
           "limit on joining and on every single wait, in real worlds; in sim on waits, where hosts hang or links are "
           "down")
      .key("checkpoint", &D::checkpoint, checkpoint_or_none(),
           "keep what training needs to go on, in the run's folder, for run --resume and after faults")
      .otherwise("none")
      .key("faults", &D::faults, fault_list(),
           "ranks that end while they train; all start again from the last checkpoint")
      .otherwise("none")
      .key("recovery", &D::recovery, recovery_or_none(),
           "ranks that somebody kills, which no fault foresees: all start again from the last checkpoint")
      .otherwise("none")
      .key("elastic", &D::elastic, elastic_list(), "other numbers of workers, from a step on each")
      .otherwise("none")
      .key("membership", &D::membership, membership_or_none(),
           "workers may join the run and leave it while it trains, by tandem join")
      .otherwise("none")
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
