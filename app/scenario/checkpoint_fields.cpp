#include "app/scenario/checkpoint_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "algorithms/exchanges/backup_option.h"
#include "algorithms/strategies/strategy.h"
#include "app/worlds/worlds.h"
#include "core/config/limits.h"

namespace tandem {
namespace {

TypeInfo either(std::vector<TypeInfo> alternatives) {
  return {.shape = Shape::either, .alternatives = std::move(alternatives)};
}

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// The number after a word and a space: "step 12".
std::optional<std::uint64_t> number_after(const std::string& word, const std::string& text) {
  const std::string start = word + " ";
  const std::string digits = text.starts_with(start) ? text.substr(start.size()) : "";
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!is_digits(digits) || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Type<CheckpointInterval> interval() {
  const Type<std::size_t> steps = whole(between(1, kMostSteps));
  const Type<double> time = quantity(Dimension::time, above(0, kLongest_s));
  const Type<bool> automatic = choice<bool>({{"auto", true}});
  const TypeInfo info = either({steps.info, time.info, automatic.info});
  const auto read = [=](const Value& value, Reader& reader, CheckpointInterval& into) {
    CheckpointInterval every;
    if (value.text == "auto") {
      every.is_automatic = true;
    } else if (is_digits(value.text)) {
      steps.read(value, reader, every.steps);
    } else if (value.kind == Value::Kind::scalar) {
      time.read(value, reader, every.time_s);
    } else {
      reader.wrong_value(value, info);
    }
    into = every;
  };
  const auto write = [=](const CheckpointInterval& every) {
    if (every.is_automatic) return Json("auto");
    if (every.steps > 0) return steps.write(every.steps);
    return every.time_s > 0 ? time.write(every.time_s) : Json();
  };
  return {info, read, write};
}

Type<std::optional<Victim>> victim() {
  const auto read = [](const Value& value, Reader& reader, std::optional<Victim>& into) {
    for (const bool is_server : {false, true}) {
      const auto index = number_after(is_server ? "server" : "worker", value.text);
      if (!index || *index >= static_cast<std::uint64_t>(kMostRanks)) continue;
      into = Victim{is_server, static_cast<int>(*index)};
      return;
    }
    reader.error(value.position, fmt::format("{} = \"{}\" names no rank", reader.path(), value.text), {},
                 "\"worker 3\", \"server 0\"");
  };
  const auto write = [](const std::optional<Victim>& held) {
    return held ? Json(fmt::format("{} {}", held->is_server ? "server" : "worker", held->index)) : Json();
  };
  return {{.shape = Shape::text}, read, write};
}

Mapping<FaultSpec> fault_fields() {
  using F = FaultSpec;
  return Mapping<F>()
      .key("kill", &F::victim, victim(), "the rank that ends: \"worker 3\", \"server 0\"")
      .key("hang", &F::hangs, victim(),
           "instead of kill: the rank whose host stands still and then goes on, as a process does that is stopped")
      .key("at", &F::at, fault_time(),
           "with kill or hang: when, \"step 12\" (as it begins the step after 12) or a time of training")
      .key("lasts", &F::lasts_s, unless(0.0, quantity(Dimension::time, above(0, kLongest_s))),
           "with hang: for how long")
      .key("mtbf", &F::mtbf_s, maybe(quantity(Dimension::time, above(0, kLongest_s))),
           "instead of kill or hang: ranks end at random, each with this mean time between failures")
      .key("distribution", &F::distribution,
           choice<FailureDistribution>(
               {{"exponential", FailureDistribution::exponential}, {"weibull", FailureDistribution::weibull}}),
           "with mtbf: the distribution of the times between a rank's failures")
      .key("shape", &F::shape, number(between(0.1, 10)),
           "with weibull: below 1 the young fail more often, above 1 the old")
      .key("seed", &F::seed, maybe(whole<std::uint64_t>(between(0, kLargestSeed))), "with mtbf: seed of the times")
      .otherwise("the scenario's")
      .key("detect_after", &F::detect_after_s, quantity(Dimension::time, between(0, kLongest_s)),
           "sim: how long it takes until the failure is noticed; real worlds measure it")
      .key("restart_after", &F::restart_after_s, quantity(Dimension::time, between(0, kLongest_s)),
           "how long after that all ranks start again, from the last checkpoint")
      .key("shrink", &F::shrinks, flag(), "those who are left start again, on one worker less");
}

std::string mistake_in(const FaultSpec& fault) {
  if (fault.victim && fault.hangs) return "has \"kill\" and \"hang\": does it come back?";
  const char* planned = fault.victim ? "kill" : "hang";
  const bool is_planned = fault.victim || fault.hangs;
  if (fault.mtbf_s && is_planned) return fmt::format("has \"mtbf\" and \"{}\": at random or planned?", planned);
  if (fault.mtbf_s && fault.at) return "has \"mtbf\" and \"at\": at random or planned?";
  if (!fault.mtbf_s && !is_planned) return "has none of \"kill\", \"hang\" and \"mtbf\"";
  if (is_planned && !fault.at) return fmt::format("has \"{}\", but not \"at\": when", planned);
  if (fault.hangs && fault.lasts_s == 0) return "has \"hang\", but not \"lasts\": for how long";
  if (!fault.hangs && fault.lasts_s != 0) return "has \"lasts\", which only hang has";
  if (fault.hangs && (fault.detect_after_s != 0 || fault.restart_after_s != 0 || fault.shrinks))
    return "has \"hang\": nobody starts again, so it has none of \"detect_after\", \"restart_after\" and \"shrink\"";
  if (fault.shape != 1 && fault.distribution != FailureDistribution::weibull)
    return "has \"shape\", which only distribution: weibull has";
  return {};
}

Facts facts_of(const Scenario& scenario) { return strategy_of(scenario.strategy).facts(scenario.strategy); }

/// Why the others cannot go on when these servers end.
std::optional<std::string> server_death_refusal(const Scenario& scenario, const std::set<int>& victims) {
  if (victims.empty()) return std::nullopt;
  if (!has_replicas(scenario.strategy)) return "nobody goes on without the server";
  const int all = strategy_of(scenario.strategy).layout(scenario.strategy, scenario.cluster.workers).servers;
  for (const int server : victims) {
    const int replica = server + all / 2;
    if (victims.contains(replica))
      return fmt::format("server {} and its replica, server {}, are both to die", server, replica);
  }
  return std::nullopt;
}

/// Why the others cannot go on when these ranks end.
std::optional<std::string> death_refusal(const Scenario& scenario) {
  std::set<int> victims, servers;
  for (const FaultSpec& fault : scenario.faults) {
    if (fault.hangs) continue;
    if (!fault.victim) return "mtbf may hit any rank, and the others go on only without some of them: say whom to kill";
    (fault.victim->is_server ? servers : victims).insert(fault.victim->index);
  }
  if (const auto reason = server_death_refusal(scenario, servers)) return reason;
  const int most = deaths_survived(scenario.strategy);
  if (!victims.empty() && most == 0)
    return fmt::format("{} goes on without a server that has a replica, and not without a worker",
                       scenario.strategy.name);
  if (victims.contains(0)) return "worker 0 gathers the result: let another worker die";
  if (static_cast<int>(victims.size()) <= most) return std::nullopt;
  return fmt::format("{} workers are to die, and {} survives the death of {}", victims.size(), scenario.strategy.name,
                     most);
}

std::optional<Conflict> fault_conflict(const Scenario& scenario) {
  const auto refuse = [](const std::string& why) { return Conflict{"faults", "faults: " + why}; };
  if (survives_failures(scenario)) {
    if (scenario.traits().started_by == StartedBy::launcher) {
      return refuse(
          fmt::format("ranks of the {} world are started by mpirun, which ends them all when one fails: nobody goes "
                      "on without it; take another world",
                      scenario.world));
    }
    if (const auto reason = death_refusal(scenario)) return refuse(*reason);
  }
  const Layout layout = strategy_of(scenario.strategy).layout(scenario.strategy, scenario.cluster.workers);
  for (const FaultSpec& fault : scenario.faults) {
    const std::optional<Victim>& named = fault.victim ? fault.victim : fault.hangs;
    if (!named) continue;
    const int there_are = named->is_server ? layout.all_servers() : scenario.cluster.workers;
    if (named->index >= there_are) {
      const char* role = named->is_server ? "server" : "worker";
      return refuse(fmt::format("there is no {} {}: {} of them are numbered from 0", role, named->index, there_are));
    }
    const bool counts_steps = fault.victim && has_replicas(scenario.strategy);
    if (named->is_server && named->index < layout.servers && fault.at->step && !counts_steps)
      return refuse("a server begins no steps of its own; say at what time");
    if (!fault.hangs) continue;
    if (!scenario.traits().honours(Feature::hanging_ranks)) {
      return refuse(fmt::format("hang: only worlds whose ranks have hosts or processes of their own can: {}; not {}",
                                worlds_that_honour(Feature::hanging_ranks), scenario.world));
    }
    if (scenario.fidelity == Fidelity::coarse)
      return refuse("hang: with fidelity: coarse several rounds are one, which cannot stand still between them");
    if (scenario.flows == FlowModel::simgrid) return refuse("hang: SimGrid's own flows do not stand still");
  }
  return std::nullopt;
}

}  // namespace

Mapping<CheckpointSpec> checkpoint_fields() {
  using C = CheckpointSpec;
  return Mapping<C>()
      .key("every", &C::every, interval(),
           "how often: a number of steps, a time, or auto: by Young and Daly from the time between failures and the "
           "measured cost")
      .required()
      .key("blocking", &C::blocking, flag(),
           "training waits until it is written; false: written from a copy, beside it")
      .key("keep", &C::keep, whole<int>(between(1, 1e6)), "how many stay: older ones are removed")
      .key("bandwidth", &C::bandwidth_bytes_per_s, maybe(quantity(Dimension::data_rate, above(0, kHighestRate))),
           "sim: the rate at which each rank writes its part to the store, and reads it")
      .otherwise("unlimited")
      .key("mtbf", &C::mtbf_s, maybe(quantity(Dimension::time, above(0, kLongest_s))),
           "with every: auto, the mean time between failures of the whole cluster")
      .otherwise("what faults come to");
}

Type<std::optional<FaultTime>> fault_time() {
  const Type<double> time = quantity(Dimension::time, between(0, kLongest_s));
  const auto read = [=](const Value& value, Reader& reader, std::optional<FaultTime>& into) {
    FaultTime at;
    if (value.text.starts_with("step")) {
      const auto step = number_after("step", value.text);
      if (!step || *step > static_cast<std::uint64_t>(kMostSteps)) {
        return reader.error(value.position, fmt::format("{} = \"{}\" names no step", reader.path(), value.text), {},
                            "\"step 12\"");
      }
      at.step = *step;
    } else {
      time.read(value, reader, at.time_s);
    }
    into = at;
  };
  const auto write = [=](const std::optional<FaultTime>& held) {
    if (!held) return Json();
    return held->step ? Json(fmt::format("step {}", *held->step)) : time.write(held->time_s);
  };
  return {{.shape = Shape::text}, read, write};
}

Type<std::optional<CheckpointSpec>> checkpoint_or_none() {
  const Type<std::optional<CheckpointSpec>> stated = maybe(checkpoint_fields().type());
  const auto read = [stated](const Value& value, Reader& reader, std::optional<CheckpointSpec>& into) {
    if (value.text != "none") return stated.read(value, reader, into);
    into.reset();
  };
  return {stated.info, read, stated.write};
}

Type<std::vector<FaultSpec>> fault_list() {
  const Type<std::vector<FaultSpec>> list = list_of(fault_fields().type(), between(0, 1000));
  const auto read = [list](const Value& value, Reader& reader, std::vector<FaultSpec>& into) {
    std::vector<FaultSpec> faults;
    const std::size_t errors_before = reader.errors();
    list.read(value, reader, faults);
    if (reader.errors() > errors_before) return;
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const std::string mistake = mistake_in(faults[i]);
      if (!mistake.empty()) {
        reader.error(value.items[i].position, fmt::format("{}[{}] {}", reader.path(), i, mistake));
      }
    }
    into = std::move(faults);
  };
  return unless_empty(Type<std::vector<FaultSpec>>{list.info, read, list.write});
}

std::optional<Conflict> checkpoint_conflict(const Scenario& scenario) {
  const bool asks = scenario.checkpoint || (has_failures(scenario) && !survives_failures(scenario));
  if (asks && !facts_of(scenario).can_be_kept) {
    return Conflict{scenario.checkpoint ? "checkpoint" : "faults", why_no_checkpoints(scenario)};
  }
  if (!scenario.faults.empty()) {
    if (auto conflict = fault_conflict(scenario)) return conflict;
  }
  if (!scenario.checkpoint) return std::nullopt;
  const auto refuse = [](const std::string& key, const std::string& why) {
    return Conflict{"checkpoint." + key, "checkpoint: " + why};
  };
  if (scenario.checkpoint->every.is_automatic && !scenario.checkpoint->mtbf_s && !mtbf_of_cluster_s(scenario))
    return refuse("every", "auto needs the time between failures: checkpoint.mtbf, or faults with mtbf");
  const bool is_asynchronous = !facts_of(scenario).same_bits;
  if (is_asynchronous && scenario.workload.stop.loss)
    return refuse("every", "workers that end at different steps (stop.loss) never meet at one");
  return std::nullopt;
}

std::string why_no_checkpoints(const Scenario& scenario) {
  const char* why = has_replicas(scenario.strategy)
                        ? "a replica that waits at one could not serve whom its server leaves unanswered"
                        : "what a step leaves for the next is not all known";
  return fmt::format("{} keeps no checkpoints: {}", scenario.strategy.name, why);
}

bool has_failures(const Scenario& scenario) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultSpec& fault) { return !fault.hangs; });
}

bool survives_failures(const Scenario& scenario) {
  return has_failures(scenario) && outlives_deaths(scenario.strategy);
}

int rank_of(const Victim& victim, const Scenario& scenario) {
  const Layout layout = strategy_of(scenario.strategy).layout(scenario.strategy, scenario.cluster.workers);
  if (!victim.is_server) return victim.index;
  return victim.index < layout.servers ? scenario.cluster.workers + victim.index : victim.index - layout.servers;
}

std::optional<double> mtbf_of_cluster_s(const Scenario& scenario) {
  const int ranks = strategy_of(scenario.strategy).layout(scenario.strategy, scenario.cluster.workers).ranks;
  double failures_per_s = 0;
  for (const FaultSpec& fault : scenario.faults) {
    if (fault.mtbf_s) failures_per_s += ranks / *fault.mtbf_s;
  }
  if (failures_per_s == 0) return std::nullopt;
  return 1 / failures_per_s;
}

}  // namespace tandem
