// The kinds of operations that collectives carry out: what each leaves where, for whoever runs, times or checks all of
// them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// Where a value of a result comes from.
struct ValueOrigin {
  static constexpr int kAllRanks = -1;
  int rank = 0;           ///< whose it was; kAllRanks: the sum over ranks
  std::size_t place = 0;  ///< in that rank's vector
};

struct OperationKind {
  std::string_view name;
  bool has_root;
  bool has_values;                 ///< a barrier has none
  bool is_in_place;                ///< the result lies in `data`, not in `result`
  bool needs_equal_parts = false;  ///< the number of ranks divides the count
  double (*bus_share)(int ranks);  ///< what part of the vector passes each link, with the fewest bytes
  bool (*is_of)(const Collective& collective);
  void (*run)(const Collective& collective, Comm& comm, Slice data, Slice result, int root);
  Traffic (*traffic)(const Collective& collective, const CallShape& shape, int rank);
  double (*cost_s)(const Collective& collective, const CallShape& shape, const LinkCosts& links);
  /// Value i of the result on a rank; nothing where it is undefined.
  std::optional<ValueOrigin> (*origin)(const CallShape& shape, int rank, std::size_t i);
};

/// all-reduce, reduce-scatter, all-gather, broadcast, reduce, gather, scatter, all-to-all, barrier.
std::span<const OperationKind> operation_kinds();

/// Asking for a name that no kind has is a bug.
const OperationKind& operation_kind(std::string_view name);

/// The algorithms that have it.
std::vector<const Collective*> algorithms_of(const OperationKind& kind);

}  // namespace tandem
