#include "algorithms/data/row_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/workload_error.h"

namespace tandem {
namespace {

template <class Value>
Scaling standard_scaling_of(const std::vector<Value>& values, std::size_t width, double scale) {
  const std::size_t rows = values.size() / width;
  // Relative to the first row: a constant column then has a variance of exactly 0.
  const auto relative = [&](std::size_t row, std::size_t column) {
    return scale * (static_cast<double>(values[row * width + column]) - static_cast<double>(values[column]));
  };
  const auto count = static_cast<double>(rows);
  std::vector<double> mean(width, 0.0), variance(width, 0.0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < width; ++c) mean[c] += relative(r, c) / count;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      const double distance = relative(r, c) - mean[c];
      variance[c] += distance * distance / count;
    }
  }
  Scaling scaling{.scale = scale};
  for (std::size_t c = 0; c < width; ++c) {
    scaling.means.push_back(scale * static_cast<double>(values[c]) + mean[c]);
    scaling.deviations.push_back(variance[c] > 0 ? std::sqrt(variance[c]) : 1);
  }
  return scaling;
}

float transformed(float value, const Scaling& scaling, std::size_t column) {
  return static_cast<float>((value * scaling.scale - scaling.means[column]) / scaling.deviations[column]);
}

/// One row; `from` and `into` may be the same.
template <class Value>
void transform_row(const Value* from, const Scaling& scaling, float* into) {
  const std::size_t width = scaling.means.size();
  for (std::size_t c = 0; c < width; ++c) into[c] = transformed(static_cast<float>(from[c]), scaling, c);
}

}  // namespace

void RowFeatures::resize(std::size_t count) {
  if (bytes_.empty()) {
    values_.resize(count);
  } else {
    bytes_.resize(count);
  }
}

RowFeatures RowFeatures::split_off(std::size_t first) {
  const auto from = static_cast<std::ptrdiff_t>(first);
  RowFeatures last;
  last.scaling_ = scaling_;
  if (bytes_.empty()) {
    last.values_ = {values_.begin() + from, values_.end()};
  } else {
    last.bytes_ = {bytes_.begin() + from, bytes_.end()};
  }
  resize(first);
  return last;
}

Scaling RowFeatures::standard_scaling(std::size_t width, double scale) const {
  return bytes_.empty() ? standard_scaling_of(values_, width, scale) : standard_scaling_of(bytes_, width, scale);
}

void RowFeatures::refuse(std::size_t place) const {
  const std::size_t width = scaling_.means.size();
  throw WorkloadError("data.scale", fmt::format("is {}: feature {} of row {} is not finite after it", scaling_.scale,
                                                place % width, place / width));
}

void RowFeatures::transform(const Scaling& scaling) {
  scaling_ = scaling;
  const std::size_t width = scaling.means.size();
  for (std::size_t first = 0; first < values_.size(); first += width) {
    float* const row = &values_[first];
    transform_row(row, scaling, row);
    const float* const odd = std::find_if_not(row, row + width, [](float value) { return std::isfinite(value); });
    if (odd != row + width) refuse(first + static_cast<std::size_t>(odd - row));
  }
  // Between those of 0 and of 255 lie those of all bytes.
  for (std::size_t c = 0; c < width; ++c) {
    constexpr float kLargest = std::numeric_limits<std::uint8_t>::max();
    if (std::isfinite(transformed(0, scaling, c)) && std::isfinite(transformed(kLargest, scaling, c))) continue;
    for (std::size_t place = c; place < bytes_.size(); place += width) {
      if (!std::isfinite(transformed(bytes_[place], scaling, c))) refuse(place);
    }
  }
}

float* RowFeatures::copy_rows(std::size_t first, std::size_t count, std::size_t width, float* into) const {
  if (bytes_.empty()) return std::copy_n(values_.data() + first * width, count * width, into);
  if (scaling_.means.empty()) return std::copy_n(bytes_.data() + first * width, count * width, into);
  for (std::size_t row = first; row < first + count; ++row) {
    transform_row(bytes_.data() + row * width, scaling_, into);
    into += width;
  }
  return into;
}

const float* RowFeatures::rows(std::size_t first, std::size_t count, std::size_t width,
                               std::vector<float>& room) const {
  if (bytes_.empty()) return values_.data() + first * width;
  room.resize(count * width);
  copy_rows(first, count, width, room.data());
  return room.data();
}

std::vector<float> RowFeatures::values() const {
  std::vector<float> all(size());
  const std::size_t width = scaling_.means.empty() ? 1 : scaling_.means.size();
  copy_rows(0, all.size() / width, width, all.data());
  return all;
}

}  // namespace tandem
