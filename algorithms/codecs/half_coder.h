// What the two 16-bit formats share: every value is rounded to the nearest, and sums are rounded where they are made.
#pragma once

#include "algorithms/codecs/codec.h"
#include "core/half.h"

namespace tandem {

/// Values are multiplied by `scale`, a power of two, before they are rounded, and divided after.
class HalfCoder : public Coder {
 public:
  HalfCoder(Element element, float scale) : element_(element), scale_(scale) {}

  void encode(Comm& comm, const Turn&, Slice values, std::size_t, std::span<const Slice> message) override {
    comm.compute(work(values), [&] {
      const auto* from = values.f32();
      if (element_ == Element::f16) {
        scale_to_f16(scale_, from, message[0].f16(), values.count);
      } else {
        std::uint16_t* half = message[0].bf16();
        for (std::size_t i = 0; i < values.count; ++i) half[i] = bf16_of(scale_ * from[i]);
      }
    });
  }

  void add(Comm& comm, const Turn&, std::span<const Slice> message, Slice total) override {
    comm.compute(work(total), [&] {
      float* into = total.f32();
      const float inverse = 1 / scale_;
      if (element_ == Element::f16) {
        add_scaled_f16(inverse, message[0].f16(), into, total.count);
      } else {
        const std::uint16_t* half = message[0].bf16();
        for (std::size_t i = 0; i < total.count; ++i) into[i] += inverse * f32_of_bf16(half[i]);
      }
    });
  }

 private:
  Work work(Slice values) const {
    return {.memory_bytes = static_cast<double>(values.bytes() + bytes_of(values.count, element_))};
  }

  Element element_;
  float scale_;
};

inline Form one_half_per_value(Element element, const CodedVector& vector) {
  return {.element = element, .parts = {vector.range.size()}};
}

}  // namespace tandem
