#include "core/slice.h"

#include <sys/mman.h>

#include <cstring>

namespace tandem {

Buffer::Buffer(std::size_t count, Payload payload) : count_(count) {
  if (payload == Payload::phantom) return;
  constexpr std::size_t kAlignment = 64, kHugePage = 2 << 20, kLong = 16 << 20;
  // One element more than asked, so that an empty real buffer is not mistaken for a phantom.
  const std::size_t asked = (count + 1) * sizeof(float);
  // A pass over a long vector spends a third of its time on the addresses of its small pages.
  const std::size_t alignment = asked >= kLong ? kHugePage : kAlignment;
  const std::size_t bytes = (asked + alignment - 1) / alignment * alignment;
  auto* values = static_cast<float*>(std::aligned_alloc(alignment, bytes));
  if (values == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) madvise(values, bytes, MADV_HUGEPAGE);
  std::memset(values, 0, bytes);
  values_.reset(values);
}

void add(float* __restrict into, const float* __restrict from, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) into[i] += from[i];
}

}  // namespace tandem
