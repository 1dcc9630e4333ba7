#include "algorithms/exchanges/collective_option.h"

#include "core/config/options.h"

namespace tandem {

OptionTable collective_option() {
  std::vector<std::string> names;
  for (const Collective& collective : all_collectives()) {
    if (collective.all_reduce) names.emplace_back(collective.name);
  }
  return option_table<CollectiveOption>(
      Mapping<CollectiveOption>().key("collective", &CollectiveOption::name, choice_of(names),
                                      "how values are summed over workers"),
      +[](const CollectiveOption& option) { return option.name; });
}

const Collective& collective_of(const Job& job) { return collective_named(job.strategy.get<CollectiveOption>().name); }

}  // namespace tandem
