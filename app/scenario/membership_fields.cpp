#include "app/scenario/membership_fields.h"

#include <fmt/format.h>

#include "app/scenario/elastic_fields.h"
#include "app/worlds/worlds.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

Mapping<WorkerRange> membership_fields() {
  using R = WorkerRange;
  return Mapping<R>()
      .key("least", &R::least, whole<int>(between(1, kMostRanks)),
           "with fewer workers the run fails, and nobody leaves")
      .key("most", &R::most, whole<int>(between(1, kMostRanks)), "beyond so many workers nobody joins")
      .required();
}

}  // namespace

Type<std::optional<WorkerRange>> membership_or_none() {
  const Type<std::optional<WorkerRange>> stated = maybe(membership_fields().type());
  const auto read = [stated](const Value& value, Reader& reader, std::optional<WorkerRange>& into) {
    if (value.text != "none") return stated.read(value, reader, into);
    into.reset();
  };
  return {stated.info, read, stated.write};
}

std::optional<Conflict> membership_conflict(const Scenario& scenario) {
  if (!scenario.membership) return std::nullopt;
  const auto refuse = [](const std::string& why) { return Conflict{"membership", "membership: " + why}; };
  const int least = scenario.membership->least, most = scenario.membership->most;
  const int workers = scenario.cluster.workers;
  if (scenario.traits().has_one_clock) {
    return refuse(
        fmt::format("nobody can ask to join in the time of {}; say when by elastic: [{{at: step 12, workers: {}}}]",
                    scenario.world, workers + 1));
  }
  if (!scenario.elastic.empty()) return refuse("with elastic the numbers of workers are planned: one of the two");
  if (workers < least || workers > most)
    return refuse(fmt::format("the run begins with {} workers, which is not within {} and {}", workers, least, most));
  if (const auto reason = resharding_refusal(scenario)) return refuse(*reason);
  return std::nullopt;
}

}  // namespace tandem
