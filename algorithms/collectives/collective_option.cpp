#include "algorithms/collectives/collective_option.h"

#include <fmt/ranges.h>

#include <algorithm>

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

CallShape shape_across(const Job& job, int size, std::size_t count) {
  return {.size = job.workers / size, .count = count, .ranks_per_node = std::max(1, job.ranks_per_node / size)};
}

std::optional<std::string> refusal_of_groups(const Job& job, int size) {
  const Collective& sums = collective_of(job);
  const bool knows_nodes = sums.refusal != nullptr || sums.pick != nullptr;
  const bool fits = size % job.ranks_per_node == 0 || job.ranks_per_node % size == 0;
  if (!knows_nodes || fits || size == job.workers) return std::nullopt;
  return fmt::format("{} needs as many ranks of a group in each node: groups of {} and nodes of {} do not fit",
                     sums.name, size, job.ranks_per_node);
}

}  // namespace tandem
