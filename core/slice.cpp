#include "core/slice.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "core/errors.h"
#include "core/half.h"

namespace tandem {
namespace {

template <typename Value, typename Sum>
void add_values(Value* __restrict into, const Value* __restrict from, std::size_t count, Sum sum) {
  for (std::size_t i = 0; i < count; ++i) into[i] = sum(into[i], from[i]);
}

std::int8_t saturating_sum(std::int8_t a, std::int8_t b) {
  using Limits = std::numeric_limits<std::int8_t>;
  return static_cast<std::int8_t>(std::clamp<int>(a + b, Limits::min(), Limits::max()));
}

}  // namespace

std::string_view name_of(Element element) {
  switch (element) {
    case Element::f32:
      return "f32";
    case Element::f16:
      return "f16";
    case Element::bf16:
      return "bf16";
    case Element::i8:
      return "i8";
    case Element::byte:
      break;
  }
  return "byte";
}

void Slice::refuse(Element wanted) const {
  broken_invariant(fmt::format("a slice of {} values is read as {}", name_of(element), name_of(wanted)));
}

std::string mismatch_text(std::size_t count, Element element, const Slice& expected) {
  if (element == expected.element) return fmt::format("got {} values, expected {}", count, expected.count);
  return fmt::format("got {} {} values, expected {} {} values", count, name_of(element), expected.count,
                     name_of(expected.element));
}

Buffer::Buffer(std::size_t count, Payload payload, Element element) : count_(count), element_(element) {
  if (payload == Payload::phantom) return;
  constexpr std::size_t kAlignment = 64, kHugePage = 2 << 20, kLong = 16 << 20;
  // One value more than needed, so that an empty real buffer has an address and is not mistaken for a phantom.
  const std::size_t asked = bytes_of(count + 1, element);
  // With small pages, a pass over a long vector spends a third of its time on address translation.
  const std::size_t alignment = asked >= kLong ? kHugePage : kAlignment;
  const std::size_t bytes = (asked + alignment - 1) / alignment * alignment;
  auto* values = static_cast<std::byte*>(std::aligned_alloc(alignment, bytes));
  if (values == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) madvise(values, bytes, MADV_HUGEPAGE);
  std::memset(values, 0, bytes);
  values_.reset(values);
}

void add(Slice into, Slice from) {
  if (!into.fits(from)) broken_invariant("a sum of two slices: " + mismatch_text(from.count, from.element, into));
  switch (into.element) {
    case Element::f32:
      return add_values(into.f32(), from.f32(), into.count, [](float a, float b) { return a + b; });
    case Element::f16:
      return add_f16(into.f16(), from.f16(), into.count);
    case Element::bf16:
      return add_values(into.bf16(), from.bf16(), into.count,
                        [](std::uint16_t a, std::uint16_t b) { return bf16_of(f32_of_bf16(a) + f32_of_bf16(b)); });
    case Element::i8:
      return add_values(into.i8(), from.i8(), into.count, saturating_sum);
    case Element::byte:
      break;
  }
  broken_invariant("a sum of raw bytes: only who coded them knows what they mean");
}

}  // namespace tandem
