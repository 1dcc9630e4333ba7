#include "app/scenario/elastic_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/worlds/worlds.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

Mapping<WorkerChange> change_fields() {
  using W = WorkerChange;
  return Mapping<W>()
      .key("at", &W::at, fault_time(), "the first step of the new workers, \"step 12\": twelve are done then")
      .key("workers", &W::workers, whole<int>(between(1, 65535)), "how many train from there on")
      .required()
      .key("takes", &W::takes_s, quantity(Dimension::time, between(0, kLongest_s)),
           "from the last step of the former workers until the new ones start");
}

// Then a new one can have another's state.
bool every_worker_has_all(const Scenario& scenario) {
  const Strategy& strategy = strategy_of(scenario.strategy);
  const Facts facts = strategy.facts(scenario.strategy);
  const bool has_servers = strategy.layout(scenario.strategy, scenario.cluster.workers).all_servers() > 0;
  return strategy.is_exchange && !has_servers && facts.same_bits && facts.every_gradient_every_step &&
         facts.replicas_agree && facts.can_be_kept;
}

}  // namespace

Type<std::vector<WorkerChange>> elastic_list() {
  const Type<std::vector<WorkerChange>> list = list_of(change_fields().type(), between(0, 1000));
  const auto read = [list](const Value& value, Reader& reader, std::vector<WorkerChange>& into) {
    std::vector<WorkerChange> changes;
    const std::size_t errors_before = reader.errors();
    list.read(value, reader, changes);
    if (reader.errors() > errors_before) return;
    std::size_t last = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const auto refuse = [&](const std::string& why) {
        reader.error(value.items[i].position, fmt::format("{}[{}] {}", reader.path(), i, why));
      };
      const std::optional<FaultTime>& at = changes[i].at;
      if (!at || !at->step) {
        refuse("has no \"at: step ...\": from which step on");
      } else if (*at->step <= last) {
        refuse(fmt::format("begins at step {}: steps ascend, from 1 on", *at->step));
      } else {
        last = *at->step;
      }
    }
    into = std::move(changes);
  };
  return unless_empty(Type<std::vector<WorkerChange>>{list.info, read, list.write});
}

std::optional<std::string> resharding_refusal(const Scenario& scenario) {
  if (!every_worker_has_all(scenario)) {
    return fmt::format("what the workers of {} hold cannot be dealt out to another number of them",
                       strategy_label(scenario.strategy));
  }
  if (scenario.workload.batch.global == 0)
    return "with batch.per_worker the batch would change with the workers; give batch.global";
  return std::nullopt;
}

std::optional<Conflict> elastic_conflict(const Scenario& scenario) {
  const bool shrinks =
      std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const FaultSpec& fault) { return fault.shrinks; });
  if (scenario.elastic.empty() && !shrinks) return std::nullopt;
  const std::string key = scenario.elastic.empty() ? "faults" : "elastic";
  const auto refuse = [&](const std::string& why) { return Conflict{key, key + ": " + why}; };
  if (const auto reason = resharding_refusal(scenario)) return refuse(*reason);
  return std::nullopt;
}

std::vector<WorkersForSteps> planned_workers(const Scenario& scenario, std::size_t steps) {
  struct Change {
    std::size_t step;
    int to;                   ///< so many
    std::optional<int> kill;  ///< or one less, where there is this worker
  };
  std::vector<Change> changes;
  for (const WorkerChange& change : scenario.elastic) changes.push_back({*change.at->step, change.workers, {}});
  for (const FaultSpec& fault : scenario.faults) {
    if (fault.shrinks && fault.victim && fault.at->step) changes.push_back({*fault.at->step, 0, fault.victim->index});
  }
  // At one step `elastic` comes first: who fails there is one of the new workers.
  std::ranges::stable_sort(changes, {}, &Change::step);
  std::vector<WorkersForSteps> planned = {{.workers = scenario.cluster.workers, .end = steps}};
  for (const Change& change : changes) {
    const int before = planned.back().workers;
    if (change.kill && *change.kill >= before) continue;
    if (change.kill && before == 1) break;  // and the run fails
    const std::size_t begin = std::min(change.step, steps);
    planned.back().end = begin;
    planned.push_back({change.kill ? before - 1 : change.to, begin, steps, change.kill ? "faults" : "elastic"});
  }
  std::erase_if(planned, [](const WorkersForSteps& part) { return part.begin == part.end; });
  return planned;
}

int fewest_after_failures(const Scenario& scenario, int workers) {
  int fewest = workers;
  for (const FaultSpec& fault : scenario.faults) {
    if (fault.shrinks && fault.mtbf_s) return 1;
    if (fault.shrinks && fault.victim && !fault.at->step) --fewest;
  }
  if (scenario.recovery && scenario.recovery->shrinks) fewest -= scenario.recovery->restarts;
  return std::max(1, scenario.membership ? std::max(fewest, scenario.membership->least) : fewest);
}

int workers_after(const Scenario& scenario, std::size_t steps) {
  int workers = scenario.cluster.workers;
  for (const WorkerChange& change : scenario.elastic) {
    if (*change.at->step <= steps) workers = change.workers;
  }
  return workers;
}

int most_workers(const Scenario& scenario) {
  int most = scenario.cluster.workers;
  for (const WorkerChange& change : scenario.elastic) most = std::max(most, change.workers);
  if (scenario.membership) most = std::max(most, scenario.membership->most);
  return most;
}

Scenario with_workers(Scenario scenario, int workers) {
  scenario.cluster.workers = workers;
  return scenario;
}

}  // namespace tandem
