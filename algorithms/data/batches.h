// The rows that a worker sees at a step. Global batches do not depend on the number of workers or on the partitioning,
// so every strategy and every worker count sums the same gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "algorithms/spec.h"
#include "core/slice.h"

namespace tandem {

/// The plan of a whole run, immutable and shared by ranks. An epoch is floor(rows / global_batch) steps; the rows left
/// over are skipped then. Without shuffling, step t of an epoch takes rows [t B, (t+1) B) in file order; with it, the
/// same positions of a permutation keyed by (seed, epoch).
class Batches {
 public:
  /// Requires 0 < global_batch <= rows. A profile model has no rows: pass rows = global_batch and no shuffling.
  Batches(std::size_t rows, std::size_t global_batch, std::size_t steps, bool shuffle, std::uint64_t seed,
          Partitioning partitioning, int workers, std::vector<double> speeds = {});

  std::size_t global_batch() const { return global_batch_; }
  std::size_t steps_per_epoch() const { return rows_ / global_batch_; }

  /// The rows of the whole global batch of a step, in order.
  std::vector<std::uint32_t> global(std::size_t step) const;
  /// A worker's rows. range: its contiguous even_part of the global batch. hash: the rows r of it with
  /// hash(r) mod workers == worker, so that a row is always the same worker's. speed: contiguous parts in the
  /// proportion of the speeds, to a row; even ones without speeds.
  std::vector<std::uint32_t> part(std::size_t step, int worker) const;
  /// part(step, worker).size() without making the rows.
  std::size_t part_size(std::size_t step, int worker) const;

 private:
  Range range_of(int worker) const;

  std::size_t rows_, global_batch_;
  Partitioning partitioning_;
  int workers_;
  std::vector<double> speeds_;
  std::vector<std::vector<std::uint32_t>> order_of_epoch_;  ///< empty without shuffling
};

}  // namespace tandem
