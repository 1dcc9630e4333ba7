// RowFeatures of rows in memory, row after row: float32, or bytes where the file has bytes, which take a quarter of
// that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem {

/// How features are transformed: (value * scale - mean) / deviation.
struct Scaling {
  double scale = 1;
  std::vector<double> means, deviations;  ///< by column
};

class RowFeatures {
 public:
  RowFeatures() = default;
  RowFeatures(std::vector<float> values) : values_(std::move(values)) {}
  /// Each stands for its number.
  RowFeatures(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::size_t size() const { return bytes_.empty() ? values_.size() : bytes_.size(); }
  void resize(std::size_t count);
  /// Removes those from `first` on and returns them.
  RowFeatures split_off(std::size_t first);

  /// Mean and standard deviation of each column, multiplied by `scale`. A constant column keeps deviation 1.
  /// Requires at least one row, and that nothing was transformed.
  Scaling standard_scaling(std::size_t width, double scale) const;
  /// Transforms all of them, once. Throws UsageError, with row and column, where one is not finite afterwards.
  void transform(const Scaling& scaling);

  /// Writes one row after the other: those numbered `first` to `first + count - 1`, of so many columns. Returns where
  /// the next one would go.
  float* copy_rows(std::size_t first, std::size_t count, std::size_t width, float* into) const;
  /// The same rows where they lie, or else in `room`, until one of the two changes.
  const float* rows(std::size_t first, std::size_t count, std::size_t width, std::vector<float>& room) const;
  /// All of them.
  std::vector<float> values() const;

 private:
  [[noreturn]] void refuse(std::size_t place) const;

  std::vector<float> values_;
  std::vector<std::uint8_t> bytes_;  ///< transformed when they are read
  Scaling scaling_;                  ///< without columns: nothing is transformed
};

}  // namespace tandem
