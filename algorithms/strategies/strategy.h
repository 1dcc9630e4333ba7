// A strategy is one way of sharing the work of training among ranks. One strategy is one file that defines a function,
// named after the file, which returns its row; a data-parallel one is an exchange (exchanges/exchange.h), whose
// worker's loop is written once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/job.h"
#include "algorithms/strategies/memory.h"
#include "algorithms/training.h"
#include "core/comm.h"
#include "core/config/choice.h"
#include "core/registry.h"

namespace tandem {

/// What others may rely on, instead of asking for names.
struct Facts {
  bool same_bits = true;                  ///< same scenario and seed, same parameter bits in every world
  bool every_gradient_every_step = true;  ///< a step's parameters depend on the gradient of every sample of its batch
  bool replicas_agree = true;             ///< all copies of a parameter are equal at the end
  bool needs_all_parts = true;            ///< every worker computes its part of each batch, and none is done without
  bool loses_messages = false;            ///< some of what is sent is never received
  bool sends_activations = false;         ///< what travels is not parameters and gradients alone
  bool picks_by_size = false;             ///< which algorithm runs depends on the model's size
  bool can_be_kept = false;               ///< State has all that a step leaves for the next: checkpoints can be taken
};

/// Who takes part: ranks 0 to workers - 1 train, dedicated servers follow.
struct Layout {
  int ranks = 1;
  int servers = 0;            ///< on hosts and ranks of their own, after the workers
  int colocated_servers = 0;  ///< on the first workers' hosts and ranks; they are numbered after `servers`
  std::string_view worker_role = "worker";  ///< what ranks below `workers` are called in ranks.csv

  int all_servers() const { return servers + colocated_servers; }
};

/// Steps [begin, end) of a run.
using StepRange = Range;

struct Strategy {
  std::string_view name;
  std::string_view doc;    ///< one line
  std::string_view paper;  ///< where it comes from
  std::vector<OptionTable> options = {};
  bool is_exchange = false;  ///< data parallel: an exchange in the loop that is written once

  std::function<Facts(const Choice& choice)> facts;
  std::function<Layout(const Choice& choice, int workers)> layout;
  /// Why this job cannot be run, for people; empty when it can.
  std::function<std::optional<std::string>(const Job& job)> refusal;
  std::function<void(Comm& comm, const Job& job, Training& training)> run;
  /// What `rank` sends and receives in these steps, by a closed form; nothing where there is none.
  std::function<std::optional<Traffic>(const Job& job, int rank, StepRange steps)> traffic;
  /// What `rank` holds, by formula; nothing where there is none.
  std::function<std::optional<Memory>(const Job& job, int rank)> memory = [](const Job&, int) {
    return std::optional<Memory>();
  };
  /// What the scenario leaves to the program and the program picked, for people; empty: nothing.
  std::function<std::string(const Job& job)> picks = [](const Job&) { return std::string(); };
  /// The same without any overlap of communication and computation; nothing where nothing overlaps.
  std::function<std::optional<Choice>(const Choice& choice)> without_overlap = [](const Choice&) {
    return std::optional<Choice>();
  };
  /// How many parts the layers are cut into by cost; 0: they are not.
  std::function<int(const Job& job)> parts = [](const Job&) { return 0; };
};

/// Cuts the layers once, for all ranks of a strategy that cuts them by cost.
void cut_layers(Job& job);

Registry<Strategy>& all_strategies();
const Strategy& strategy_of(const Choice& choice);
/// What a scenario that names none takes.
Choice default_strategy();
/// From a text as a scenario has it, `{name: ps-sync, servers: 2}`. Throws ScenarioError for mistakes.
Choice parse_strategy(const std::string& yaml);
/// As the reader of scenarios knows them.
const std::vector<Alternative>& strategy_alternatives();
/// Short and distinct: "allreduce ring", "ps-sync x2 colocated", "ps-async s=3", "pipeline m=8".
std::string strategy_label(const Choice& choice);

}  // namespace tandem
