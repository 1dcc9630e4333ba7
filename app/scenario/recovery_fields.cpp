#include "app/scenario/recovery_fields.h"

#include <fmt/format.h>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/scenario/elastic_fields.h"
#include "app/worlds/worlds.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

Mapping<RecoverySpec> recovery_fields() {
  using R = RecoverySpec;
  return Mapping<R>()
      .key("restarts", &R::restarts, whole<int>(between(1, 1000)),
           "how often the ranks start again before the run fails")
      .required()
      .key("restart_after", &R::restart_after_s, quantity(Dimension::time, between(0, kLongest_s)),
           "how long after all have ended")
      .key("shrink", &R::shrinks, flag(), "those who are left start again, on one worker less");
}

}  // namespace

Type<std::optional<RecoverySpec>> recovery_or_none() {
  const Type<std::optional<RecoverySpec>> stated = maybe(recovery_fields().type());
  const auto read = [stated](const Value& value, Reader& reader, std::optional<RecoverySpec>& into) {
    if (value.text != "none") return stated.read(value, reader, into);
    into.reset();
  };
  return {stated.info, read, stated.write};
}

std::optional<Conflict> recovery_conflict(const Scenario& scenario) {
  if (!scenario.recovery) return std::nullopt;
  const auto refuse = [](const std::string& why) { return Conflict{"recovery", "recovery: " + why}; };
  if (!scenario.traits().honours(Feature::rank_processes)) {
    return refuse(
        fmt::format("only ranks that are processes can be killed from outside, those of {}; not {}, where faults say "
                    "who fails",
                    worlds_that_honour(Feature::rank_processes), scenario.world));
  }
  if (!strategy_of(scenario.strategy).facts(scenario.strategy).can_be_kept) {
    return refuse(why_no_checkpoints(scenario));
  }
  if (!scenario.recovery->shrinks) return std::nullopt;
  if (const auto reason = resharding_refusal(scenario)) return refuse("shrink: " + *reason);
  if (scenario.cluster.workers == 1) return refuse("shrink: without the only worker nobody is left");
  return std::nullopt;
}

}  // namespace tandem
