// What a message carries: a view of float32 values, or only their number.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace tandem {

/// `count` float32 values at `data`, not owned. A null `data` is a *phantom*: the same bytes on the wire of a
/// simulated network, but no memory and no arithmetic. Phantom slices exist only where the world's payload is
/// Payload::phantom; real worlds always carry real values.
struct Slice {
  float* data = nullptr;
  std::size_t count = 0;

  bool is_phantom() const { return data == nullptr; }
  std::size_t bytes() const { return count * sizeof(float); }

  /// `length` values from `offset`; a phantom stays a phantom. Requires offset + length <= count.
  Slice part(std::size_t offset, std::size_t length) const {
    return {data == nullptr ? nullptr : data + offset, length};
  }
};

/// Whether buffers of a run hold values (numeric) or only sizes (phantom).
enum class Payload { numeric, phantom };

/// Owns the values behind a Slice, aligned to 64 bytes so that vectorised sums take the same order in every world.
/// New buffers are zero. A phantom buffer owns nothing.
class Buffer {
 public:
  Buffer() = default;
  Buffer(std::size_t count, Payload payload);

  Slice slice() const { return {values_.get(), count_}; }
  operator Slice() const { return slice(); }
  std::size_t count() const { return count_; }

 private:
  struct Free {
    void operator()(float* values) const { std::free(values); }
  };
  std::unique_ptr<float[], Free> values_;
  std::size_t count_ = 0;
};

/// Half-open range [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

/// The part-th of `parts` nearly equal contiguous parts of [0, count): sizes differ by at most one element.
/// This one rule cuts ring chunks, server shards, batches and micro-batches.
inline Range even_part(std::size_t count, std::size_t parts, std::size_t part) {
  return {count * part / parts, count * (part + 1) / parts};
}

/// into += from, element by element: the arithmetic of every reduction, wherever it is done. The two do not overlap.
void add(float* into, const float* from, std::size_t count);

inline Slice part_of(Slice whole, Range range) { return whole.part(range.begin, range.size()); }

}  // namespace tandem
