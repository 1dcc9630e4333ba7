// A collective is a free function over a Comm and a Slice, one a file. All of them sum in an order fixed by the ranks,
// so that every rank, in every world, ends with the same bits.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/comm.h"
#include "core/slice.h"

namespace tandem {

struct Collective {
  std::string_view name;
  std::string_view doc;
  /// Every rank of `comm` calls it with slices of one size; afterwards each slice holds the sum over ranks.
  void (*all_reduce)(Comm& comm, Slice data);
  /// The closed form: what `rank` of `size` sends and receives for `count` values.
  Traffic (*traffic)(int size, int rank, std::size_t count);
};

std::span<const Collective> collectives();
const Collective* find_collective(std::string_view name);

/// into += from, element by element: the arithmetic of every reduction.
void accumulate(Comm& comm, Slice into, Slice from);

}  // namespace tandem
