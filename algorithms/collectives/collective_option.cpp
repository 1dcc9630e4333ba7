#include "algorithms/collectives/collective_option.h"

#include <fmt/ranges.h>

#include "algorithms/collectives/kinds.h"
#include "core/config/options.h"

namespace tandem {
namespace {

std::vector<std::string> kinds_of(const Collective& collective) {
  std::vector<std::string> names;
  for (const OperationKind& kind : operation_kinds()) {
    if (kind.is_of(collective)) names.emplace_back(kind.name);
  }
  return names;
}

// A name that other operations have is no misspelling.
Type<std::string> all_reduce_name() {
  std::vector<std::string> names;
  for (const Collective& collective : all_collectives()) {
    if (collective.all_reduce) names.emplace_back(collective.name);
  }
  Type<std::string> type = choice_of(names);
  type.read = [names, read = type.read](const Value& value, Reader& reader, std::string& into) {
    const Collective* found = value.kind == Value::Kind::scalar ? all_collectives().find(value.text) : nullptr;
    if (found == nullptr || found->all_reduce) return read(value, reader, into);
    reader.error(value.position,
                 fmt::format("{} is no all-reduce: it has {}", found->name, fmt::join(kinds_of(*found), ", ")), {},
                 fmt::format("{}", fmt::join(names, ", ")));
  };
  return type;
}

}  // namespace

OptionTable collective_option() {
  return option_table<CollectiveOption>(
      Mapping<CollectiveOption>().key("collective", &CollectiveOption::name, all_reduce_name(),
                                      "how values are summed over workers"),
      +[](const CollectiveOption& option) { return option.name; });
}

std::optional<std::string> refusal_of_collective(const Choice& choice, int workers, int ranks_per_node) {
  const CollectiveOption* option = choice.find<CollectiveOption>();
  if (option == nullptr) return std::nullopt;
  const Collective& collective = collective_named(option->name);
  if (collective.refusal == nullptr) return std::nullopt;
  return collective.refusal({.size = workers, .ranks_per_node = ranks_per_node});
}

const Collective& collective_of(const Job& job) { return collective_named(job.strategy.get<CollectiveOption>().name); }

CallShape shape_of(const Job& job, std::size_t count) {
  return {.size = job.workers, .count = count, .ranks_per_node = job.ranks_per_node};
}

}  // namespace tandem
