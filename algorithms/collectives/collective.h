// A collective is an algorithm for one or several of the operations that ranks carry out together. One algorithm is one
// file, without a header: it defines a function, named after the file, that returns the algorithm's row, and every
// operation in it reads top to bottom. All of them sum in an order fixed by the ranks, so that every rank, in every
// world, ends with the same bits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/comm.h"
#include "core/registry.h"
#include "core/slice.h"

namespace tandem {

/// What one call is about, for closed forms. Vectors have `count` values; parts of a vector are even_part's, rank r's
/// is part r.
struct CallShape {
  int size = 1;           ///< ranks
  std::size_t count = 0;  ///< values of the whole vector; all-to-all: that one rank has for all ranks
  int root = 0;
  int ranks_per_node = 1;  ///< that share a node, one after the other; the last node may have fewer
};

/// The shape of a call on `comm`. Its nodes are as many ranks as rank 0's.
CallShape shape_of(const Comm& comm, std::size_t count, int root = 0);

/// The alpha-beta model (Hockney 1994): a message of m bytes takes alpha + m beta, adding m bytes takes m gamma.
/// Between ranks of one node alpha and beta are others; a node's ranks share its link to other nodes.
struct LinkCosts {
  double alpha_s = 0;
  double beta_s_per_byte = 0;
  double gamma_s_per_byte = 0;
  double node_alpha_s = 0;
  double node_beta_s_per_byte = 0;

  /// The links inside a node, as if they were all there is.
  LinkCosts inside_node() const {
    return {node_alpha_s, node_beta_s_per_byte, gamma_s_per_byte, node_alpha_s, node_beta_s_per_byte};
  }
};

/// One operation of an algorithm: how it runs, and what that costs by formulas that do not replay its code.
template <class Signature>
struct Operation {
  Signature* run = nullptr;
  /// What `rank` sends and receives.
  Traffic (*traffic)(const CallShape& shape, int rank) = nullptr;
  /// Seconds until the last rank is done, where all begin together on equal links of ranks with a node each; algorithms
  /// that know nodes (hierarchical.cpp) count their links, too.
  double (*cost_s)(const CallShape& shape, const LinkCosts& links) = nullptr;

  explicit operator bool() const { return run != nullptr; }
};

/// Every rank of `comm` calls the same operation with slices of one count. Operations work in place:
///   all_reduce      afterwards every slice holds the sum over ranks
///   reduce_scatter  afterwards part r of rank r's slice holds the sum; the rest is undefined
///   all_gather      rank r gives its part r; afterwards every slice has all parts
///   broadcast       afterwards every slice is the root's
///   reduce          afterwards the root's slice holds the sum; the others' are undefined
///   gather, scatter rank r gives (gets) its part r; the root has (had) all parts
///   all_to_all      part j of `outgoing` goes to rank j, into part r of its `incoming`, for the sender r; the number
///                   of ranks divides the count
///   barrier         nobody returns before everybody has called
struct Collective {
  std::string_view name;
  std::string_view doc;    ///< one line
  std::string_view paper;  ///< the paper that it comes from
  /// The algorithm for a call, where this one leaves all-reduces to others by their count.
  const Collective& (*pick)(const CallShape& shape) = nullptr;
  /// Why an all-reduce of this shape is meaningless, for people; absent: none is.
  std::optional<std::string> (*refusal)(const CallShape& shape) = nullptr;

  Operation<void(Comm& comm, Slice data)> all_reduce = {};
  Operation<void(Comm& comm, Slice data)> reduce_scatter = {};
  Operation<void(Comm& comm, Slice data)> all_gather = {};
  Operation<void(Comm& comm, Slice data, int root)> broadcast = {};
  Operation<void(Comm& comm, Slice data, int root)> reduce = {};
  Operation<void(Comm& comm, Slice data, int root)> gather = {};
  Operation<void(Comm& comm, Slice data, int root)> scatter = {};
  Operation<void(Comm& comm, Slice outgoing, Slice incoming)> all_to_all = {};
  Operation<void(Comm& comm)> barrier = {};
};

Registry<Collective>& all_collectives();
/// The algorithm of this name. Asking for a name that no row has is a bug: names of scenarios were checked.
const Collective& collective_named(std::string_view name);

/// The barrier of every run, by dissemination (see dissemination.cpp).
void barrier(Comm& comm);

/// into += from, element by element: the arithmetic of every reduction.
void accumulate(Comm& comm, Slice into, Slice from);

/// The bytes of `count` values on the wire.
inline std::uint64_t value_bytes(std::size_t count) { return bytes_of(count); }
inline double bytes_of_call(const CallShape& shape) { return static_cast<double>(value_bytes(shape.count)); }

}  // namespace tandem
