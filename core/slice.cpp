#include "core/slice.h"

#include <cstring>

namespace tandem {

Buffer::Buffer(std::size_t count, Payload payload) : count_(count) {
  if (payload == Payload::phantom) return;
  constexpr std::size_t kAlignment = 64;
  // One element more than asked, so that an empty real buffer is not mistaken for a phantom.
  const std::size_t bytes = ((count + 1) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  auto* values = static_cast<float*>(std::aligned_alloc(kAlignment, bytes));
  if (values == nullptr) throw std::bad_alloc();
  std::memset(values, 0, bytes);
  values_.reset(values);
}

void add(float* __restrict into, const float* __restrict from, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) into[i] += from[i];
}

}  // namespace tandem
