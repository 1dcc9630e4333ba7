#include "algorithms/strategies/strategy.h"

#include "core/config/options.h"

namespace tandem {

const Strategy& strategy_of(const Choice& choice) {
  if (const Strategy* found = all_strategies().find(choice.name)) return *found;
  broken_invariant("no strategy is called \"" + choice.name + "\"");
}

Choice parse_strategy(const std::string& yaml) {
  return parse_choice(yaml, choice_among(strategy_alternatives(), "the strategy", /*name_alone=*/true));
}

Choice default_strategy() { return parse_strategy("allreduce"); }

const std::vector<Alternative>& strategy_alternatives() {
  static const std::vector<Alternative> kAll = alternatives_of(all_strategies());
  return kAll;
}

void cut_layers(Job& job) {
  const int parts = strategy_of(job.strategy).parts(job);
  if (parts < 1 || static_cast<std::size_t>(parts) > job.model.layers.size()) return;
  job.cut = {layer_costs(job.model), stages_by_cost(job.model, parts)};
}

std::string strategy_label(const Choice& choice) { return label_of(choice, strategy_alternatives()); }

}  // namespace tandem
