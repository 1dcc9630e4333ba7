#include "algorithms/data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/errors.h"
#include "core/rng.h"
#include "core/slice.h"

namespace tandem {
namespace {

/// Fisher and Yates' shuffle, written out: std::shuffle draws differently from one standard library to the next.
std::vector<std::uint32_t> permutation(std::size_t count, std::uint64_t seed, std::size_t epoch) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 stream = keyed_stream(seed, Purpose::shuffle, epoch);
  for (std::size_t i = count; i > 1; --i) {
    // The remainder favours small numbers by less than count / 2^64.
    std::swap(order[i - 1], order[stream() % i]);
  }
  return order;
}

/// The finaliser of splitmix64: every bit of the row number reaches every bit of the result.
std::uint64_t hash(std::uint64_t row) {
  std::uint64_t bits = row + 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

int owner(std::uint32_t row, int workers) { return static_cast<int>(hash(row) % static_cast<std::uint64_t>(workers)); }

}  // namespace

Batches::Batches(std::size_t rows, std::size_t global_batch, std::size_t steps, bool shuffle, std::uint64_t seed,
                 Partitioning partitioning, int workers, std::vector<double> speeds)
    : rows_(rows),
      global_batch_(global_batch),
      partitioning_(partitioning),
      workers_(workers),
      speeds_(std::move(speeds)) {
  if (global_batch == 0 || global_batch > rows || workers < 1) {
    broken_invariant(fmt::format("batches of {} from {} rows for {} workers", global_batch, rows, workers));
  }
  if (!shuffle) return;
  const std::size_t epochs = (steps + steps_per_epoch() - 1) / steps_per_epoch();
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) order_of_epoch_.push_back(permutation(rows, seed, epoch));
}

std::vector<std::uint32_t> Batches::global(std::size_t step) const {
  const std::size_t first = step % steps_per_epoch() * global_batch_;
  std::vector<std::uint32_t> rows(global_batch_);
  if (order_of_epoch_.empty()) {
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
  } else {
    const std::vector<std::uint32_t>& order = order_of_epoch_.at(step / steps_per_epoch());
    std::copy_n(order.begin() + static_cast<std::ptrdiff_t>(first), global_batch_, rows.begin());
  }
  return rows;
}

Range Batches::range_of(int worker) const {
  if (partitioning_ != Partitioning::speed || speeds_.empty()) {
    return even_part(global_batch_, static_cast<std::size_t>(workers_), static_cast<std::size_t>(worker));
  }
  const double all = std::accumulate(speeds_.begin(), speeds_.end(), 0.0);
  const auto border = [&](int before) {
    const double share = std::accumulate(speeds_.begin(), speeds_.begin() + before, 0.0) / all;
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(global_batch_)));
  };
  return {border(worker), border(worker + 1)};
}

std::vector<std::uint32_t> Batches::part(std::size_t step, int worker) const {
  std::vector<std::uint32_t> rows = global(step);
  if (partitioning_ == Partitioning::hash) {
    std::erase_if(rows, [&](std::uint32_t row) { return owner(row, workers_) != worker; });
    return rows;
  }
  const Range range = range_of(worker);
  return {rows.begin() + static_cast<std::ptrdiff_t>(range.begin),
          rows.begin() + static_cast<std::ptrdiff_t>(range.end)};
}

std::size_t Batches::part_size(std::size_t step, int worker) const {
  if (partitioning_ != Partitioning::hash) return range_of(worker).size();
  const std::vector<std::uint32_t> rows = global(step);
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](std::uint32_t row) { return owner(row, workers_) == worker; }));
}

}  // namespace tandem
