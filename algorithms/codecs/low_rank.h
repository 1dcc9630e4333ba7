// The linear algebra of PowerSGD: which tensors become two factors, where these stand in a message, and how columns are
// made orthonormal.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "algorithms/codecs/codec.h"

namespace tandem::low_rank {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::Map<RowMajor>;
using Columns = Eigen::Map<Eigen::MatrixXf>;  ///< column-major: each column lies in one piece

/// Where a tensor's factors, or else its values, stand in the two parts of a message.
struct Place {
  Tensor tensor;
  bool is_factored = false;
  std::size_t p = 0, q = 0;  ///< offsets in the first and the second part
};

/// A matrix is factored where that at least halves it.
inline bool is_factored(const Tensor& tensor, std::size_t rank) {
  constexpr std::size_t kLeastGain = 2;
  return kLeastGain * rank * (tensor.rows + tensor.columns) < tensor.count();
}

struct Places {
  Places(const CodedVector& vector, std::size_t rank) {
    for (const Tensor& tensor : vector.tensors) {
      all.push_back({tensor, is_factored(tensor, rank), first, second});
      first += all.back().is_factored ? rank * tensor.rows : 0;
      second += all.back().is_factored ? rank * tensor.columns : tensor.count();
    }
  }
  std::vector<Place> all;
  std::size_t first = 0, second = 0;  ///< values of the two parts
};

inline Matrix matrix_at(float* values, const Tensor& tensor) {
  return {values, static_cast<Eigen::Index>(tensor.rows), static_cast<Eigen::Index>(tensor.columns)};
}

/// Gram-Schmidt, each column against those before it. What lies in their span is rounding: it becomes zero, since
/// scaled up it would count twice.
inline void orthonormalise(Columns columns) {
  constexpr float kRounding = 1e-5F;
  for (Eigen::Index i = 0; i < columns.cols(); ++i) {
    const float length = columns.col(i).norm();
    for (Eigen::Index before = 0; before < i; ++before) {
      columns.col(i) -= columns.col(before).dot(columns.col(i)) * columns.col(before);
    }
    const float rest = columns.col(i).norm();
    columns.col(i) *= rest > kRounding * length ? 1 / rest : 0;
  }
}

}  // namespace tandem::low_rank
