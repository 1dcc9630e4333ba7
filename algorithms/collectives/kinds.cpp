#include "algorithms/collectives/kinds.h"

#include <array>
#include <string>

#include "core/errors.h"

namespace tandem {
namespace {

using InPlace = void(Comm&, Slice);
using WithRoot = void(Comm&, Slice, int);
using Exchange = void(Comm&, Slice, Slice);
using Nothing = void(Comm&);

void call(InPlace* run, Comm& comm, Slice data, Slice, int) { run(comm, data); }
void call(WithRoot* run, Comm& comm, Slice data, Slice, int root) { run(comm, data, root); }
void call(Exchange* run, Comm& comm, Slice data, Slice result, int) { run(comm, data, result); }
void call(Nothing* run, Comm& comm, Slice, Slice, int) { run(comm); }

double twice_others(int ranks) { return 2 * (ranks - 1.0) / ranks; }
double others(int ranks) { return (ranks - 1.0) / ranks; }
double whole(int) { return 1; }
double none(int) { return 0; }

// The rank whose part value i is in.
int owner(const CallShape& shape, std::size_t i) {
  const auto size = static_cast<std::size_t>(shape.size);
  return static_cast<int>((size * (i + 1) + shape.count - 1) / shape.count) - 1;
}

using MaybeOrigin = std::optional<ValueOrigin>;
MaybeOrigin sum(std::size_t i) { return ValueOrigin{ValueOrigin::kAllRanks, i}; }
MaybeOrigin value_of(int rank, std::size_t i) { return ValueOrigin{rank, i}; }
MaybeOrigin only_if(bool is_defined, const MaybeOrigin& origin) { return is_defined ? origin : std::nullopt; }

MaybeOrigin of_all_reduce(const CallShape&, int, std::size_t i) { return sum(i); }
MaybeOrigin of_reduce_scatter(const CallShape& shape, int rank, std::size_t i) {
  return only_if(owner(shape, i) == rank, sum(i));
}
MaybeOrigin of_all_gather(const CallShape& shape, int, std::size_t i) { return value_of(owner(shape, i), i); }
MaybeOrigin of_broadcast(const CallShape& shape, int, std::size_t i) { return value_of(shape.root, i); }
MaybeOrigin of_reduce(const CallShape& shape, int rank, std::size_t i) { return only_if(rank == shape.root, sum(i)); }
MaybeOrigin of_gather(const CallShape& shape, int rank, std::size_t i) {
  return only_if(rank == shape.root, value_of(owner(shape, i), i));
}
MaybeOrigin of_scatter(const CallShape& shape, int rank, std::size_t i) {
  return only_if(owner(shape, i) == rank, value_of(shape.root, i));
}
MaybeOrigin of_all_to_all(const CallShape& shape, int rank, std::size_t i) {
  const std::size_t each = shape.count / static_cast<std::size_t>(shape.size);
  return value_of(static_cast<int>(i / each), static_cast<std::size_t>(rank) * each + i % each);
}
MaybeOrigin of_nothing(const CallShape&, int, std::size_t) { return std::nullopt; }

// What a row says of an operation is the same for all kinds but for the member of Collective that it is.
template <auto operation>
constexpr OperationKind kind(OperationKind row) {
  row.is_of = [](const Collective& collective) { return static_cast<bool>(collective.*operation); };
  row.run = [](const Collective& collective, Comm& comm, Slice data, Slice result, int root) {
    call((collective.*operation).run, comm, data, result, root);
  };
  row.traffic = [](const Collective& collective, const CallShape& shape, int rank) {
    return (collective.*operation).traffic(shape, rank);
  };
  row.cost_s = [](const Collective& collective, const CallShape& shape, const LinkCosts& links) {
    return (collective.*operation).cost_s(shape, links);
  };
  return row;
}

constexpr OperationKind row(std::string_view name, double (*bus_share)(int),
                            MaybeOrigin (*origin)(const CallShape&, int, std::size_t), bool has_root = false) {
  return {.name = name,
          .has_root = has_root,
          .has_values = true,
          .is_in_place = true,
          .bus_share = bus_share,
          .is_of = nullptr,
          .run = nullptr,
          .traffic = nullptr,
          .cost_s = nullptr,
          .origin = origin};
}

constexpr OperationKind exchange_row(std::string_view name) {
  OperationKind all = row(name, others, of_all_to_all);
  all.is_in_place = false;
  all.needs_equal_parts = true;
  return all;
}

constexpr OperationKind empty_row(std::string_view name) {
  OperationKind all = row(name, none, of_nothing);
  all.has_values = false;
  return all;
}

constexpr std::array kKinds{kind<&Collective::all_reduce>(row("all-reduce", twice_others, of_all_reduce)),
                            kind<&Collective::reduce_scatter>(row("reduce-scatter", others, of_reduce_scatter)),
                            kind<&Collective::all_gather>(row("all-gather", others, of_all_gather)),
                            kind<&Collective::broadcast>(row("broadcast", whole, of_broadcast, true)),
                            kind<&Collective::reduce>(row("reduce", whole, of_reduce, true)),
                            kind<&Collective::gather>(row("gather", others, of_gather, true)),
                            kind<&Collective::scatter>(row("scatter", others, of_scatter, true)),
                            kind<&Collective::all_to_all>(exchange_row("all-to-all")),
                            kind<&Collective::barrier>(empty_row("barrier"))};

}  // namespace

std::span<const OperationKind> operation_kinds() { return kKinds; }

const OperationKind& operation_kind(std::string_view name) {
  for (const OperationKind& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  broken_invariant("no kind of operation is called " + std::string(name));
}

std::vector<const Collective*> algorithms_of(const OperationKind& kind) {
  std::vector<const Collective*> all;
  for (const Collective& collective : all_collectives()) {
    if (kind.is_of(collective)) all.push_back(&collective);
  }
  return all;
}

}  // namespace tandem
