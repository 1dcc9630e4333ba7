// A scenario: one question, resolved into runs. The YAML behind it is read by load_plan (loader.h).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/spec.h"
#include "app/figures/figure_spec.h"
#include "app/scenario/checkpoint_spec.h"
#include "app/worlds/worlds.h"
#include "core/cluster.h"
#include "core/config/choice.h"
#include "core/slice.h"

namespace tandem {

/// The description of one run; all of it is written into run.json.
struct Scenario {
  std::string name;
  std::string question;
  std::uint64_t seed = 42;
  WorkloadSpec workload;
  Choice strategy;  ///< which one, and its options
  std::string world{default_world().name};
  std::optional<std::string> fallback;  ///< the world to run in where this machine cannot offer the cluster in `world`
  Cluster cluster;
  Payload payload =
      Payload::numeric;  ///< `sim.payload`; only the sim world takes phantom, and a profile model implies it there
  Fidelity fidelity = Fidelity::full;   ///< `sim.fidelity`
  FlowModel flows = FlowModel::tandem;  ///< `sim.network`
  double timeout_s = 60;                ///< limit on joining and on every wait in a real world
  std::optional<CheckpointSpec> checkpoint;
  std::vector<FaultSpec> faults;
  std::optional<RecoverySpec> recovery;
  std::vector<WorkerChange> elastic;      ///< in the order of their steps
  std::optional<WorkerRange> membership;  ///< workers may join and leave while others train
  bool trace = false;                     ///< write trace.json
  bool save_parameters = false;           ///< write parameters.f32: the final parameters, raw little-endian float32

  /// What its world can do. Throws UsageError where `world` names none.
  const World& traits() const { return world_called(world); }
  /// The run's links have the bandwidth that the scenario states.
  bool has_links() const { return traits().honours(Feature::links) || links_are_emulated(); }
  /// Real links are shaped to that bandwidth. A world that cannot do so ignores cluster.emulate.
  bool links_are_emulated() const { return traits().honours(Feature::emulated_links) && cluster.emulate; }
  /// The run's computations last at least as long as the scenario's hosts need for them.
  bool has_host_speed() const { return traits().honours(Feature::host_speed) || cluster.emulate_speed; }
};

class Places;

/// A point of the grid: the scenario with the factors applied.
struct Point {
  Scenario scenario;
  std::vector<std::pair<std::string, std::string>> factors;  ///< grid key -> its value, as text for a column
  std::optional<std::string> skipped;                        ///< why this point cannot be run
};

struct Plan {
  std::string name;
  std::string question;
  std::string file;
  std::vector<Point> points;
  int repeat = 1;
  std::vector<FigureSpec> figures;
  std::string replaced;  ///< which world's place a fallback took and why, a sentence; empty: none, or not yet known
  std::shared_ptr<const Places> places = {};  ///< where the keys of the only point were written; null: it has several
};

/// The scenario with every key that means something in it, defaults filled in, quantities with their units. It is a
/// scenario file: load_plan reads it back as the same scenario. Names of data files are absolute.
nlohmann::ordered_json to_json(const Scenario& scenario);

}  // namespace tandem
