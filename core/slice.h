// The payload of a message: a view of values of one element type, or only their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

/// The type of a slice's values. `f16` is IEEE binary16, `bf16` the upper half of an f32 (core/half.h converts both);
/// `byte` is part of a coded block, which cannot be added.
enum class Element : std::uint8_t { f32, f16, bf16, i8, byte };

/// The only place that knows how large a value is; use Slice::bytes or bytes_of everywhere else.
constexpr std::size_t size_of(Element element) {
  switch (element) {
    case Element::f32:
      return sizeof(float);
    case Element::f16:
    case Element::bf16:
      return sizeof(std::uint16_t);
    case Element::i8:
    case Element::byte:
      break;
  }
  return 1;
}

constexpr std::size_t bytes_of(std::size_t count, Element element = Element::f32) { return count * size_of(element); }

/// The size of an f32, in which parameters, gradients and activations are computed.
inline constexpr std::size_t kBytesPerValue = size_of(Element::f32);

std::string_view name_of(Element element);

/// `count` values at `address`, not owned. A null address is a *phantom*: the same bytes on the wire of a simulated
/// network, but no memory and no arithmetic. Phantom slices exist only where the world's payload is Payload::phantom;
/// real worlds always carry real values.
struct Slice {
  std::byte* address = nullptr;
  std::size_t count = 0;
  Element element = Element::f32;

  Slice() = default;
  Slice(float* values, std::size_t value_count) : address(reinterpret_cast<std::byte*>(values)), count(value_count) {}
  Slice(std::byte* first, std::size_t value_count, Element its_element)
      : address(first), count(value_count), element(its_element) {}

  bool is_phantom() const { return address == nullptr; }
  std::size_t bytes() const { return bytes_of(count, element); }

  // The values. Asking for another element type is a broken invariant. Hoist the call out of a hot loop.
  float* f32() const { return values<float>(Element::f32); }
  std::uint16_t* f16() const { return values<std::uint16_t>(Element::f16); }
  std::uint16_t* bf16() const { return values<std::uint16_t>(Element::bf16); }
  std::int8_t* i8() const { return values<std::int8_t>(Element::i8); }

  /// `length` values from `offset`; a phantom stays a phantom. Requires offset + length <= count.
  Slice part(std::size_t offset, std::size_t length) const {
    return {address == nullptr ? nullptr : address + bytes_of(offset, element), length, element};
  }

  /// Whether a message of this slice can be received into `other`.
  bool fits(const Slice& other) const { return count == other.count && element == other.element; }

 private:
  template <typename Value>
  Value* values(Element wanted) const {
    if (element != wanted) refuse(wanted);
    return reinterpret_cast<Value*>(address);
  }
  [[noreturn]] void refuse(Element wanted) const;
};

/// The error text for a message that does not fit a receive: "got 12 values, expected 10".
std::string mismatch_text(std::size_t count, Element element, const Slice& expected);

/// Whether buffers of a run hold values (numeric) or only sizes (phantom).
enum class Payload { numeric, phantom };

/// Owns the values behind a Slice, aligned to 64 bytes so that vectorised sums add in the same order in every world.
/// New buffers are zero. A phantom buffer owns nothing.
class Buffer {
 public:
  Buffer() = default;
  Buffer(std::size_t count, Payload payload, Element element = Element::f32);

  Slice slice() const { return {values_.get(), count_, element_}; }
  operator Slice() const { return slice(); }
  std::size_t count() const { return count_; }

 private:
  struct Free {
    void operator()(std::byte* values) const { std::free(values); }
  };
  std::unique_ptr<std::byte[], Free> values_;
  std::size_t count_ = 0;
  Element element_ = Element::f32;
};

/// Half-open range [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

/// Part number `part` of `parts` nearly equal contiguous parts of [0, count): sizes differ by at most one element.
/// Ring chunks, server shards, batches and micro-batches are all cut by this rule.
inline Range even_part(std::size_t count, std::size_t parts, std::size_t part) {
  return {count * part / parts, count * (part + 1) / parts};
}

/// into += from, value by value: the arithmetic of every reduction. The two slices have the same count and element, are
/// no phantoms and do not overlap. Values of f16 and bf16 are added as f32 and rounded to nearest even, which gives the
/// correctly rounded sum; i8 saturates; adding raw bytes is a broken invariant.
void add(Slice into, Slice from);

inline Slice part_of(Slice whole, Range range) { return whole.part(range.begin, range.size()); }

}  // namespace tandem
