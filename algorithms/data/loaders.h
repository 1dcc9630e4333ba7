// The readers behind load_dataset, one per source. Each returns rows as they are in the file, unscaled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/data/dataset.h"

namespace tandem {

struct LoadedRows {
  std::size_t width = 0;
  Rows rows;
  std::vector<float> known_weights;  ///< as in Dataset
};

inline constexpr std::size_t kMostClasses = 65536;
inline constexpr const char* kFashionMnistDirectory = "/usr/share/datasets/fashion-mnist";

/// Standard normal features, weights and bias; target = weights . features + bias + noise.
LoadedRows make_synthetic_linear(std::size_t rows, std::size_t features, double noise, std::uint64_t seed);

/// Rows and labels in MNIST's idx format, plain or gzipped: labels are whole numbers, rows of any of its types.
LoadedRows load_idx(const std::string& images_path, const std::string& labels_path);

/// A table of numbers, plain or gzipped. With cross-entropy, labels must be class numbers below kMostClasses, or names
/// of the format's classes.
LoadedRows load_csv(const std::string& path, const CsvFormat& format, Loss loss);

struct FashionMnist {
  LoadedRows train, test;
};
/// The test images are read only when asked for.
FashionMnist load_fashion_mnist(bool with_test, const std::string& directory = kFashionMnistDirectory);

}  // namespace tandem
